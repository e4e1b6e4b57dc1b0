'use strict';
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');

class Toolkit {
  constructor(options) {
    this.options = options;
  }

  async initialize() {
    const { command, args } = this.options;
    this.transport = new StdioClientTransport({ command, args: [...args] });
    await this.transport.start();
  }
}

exports.Toolkit = Toolkit;
