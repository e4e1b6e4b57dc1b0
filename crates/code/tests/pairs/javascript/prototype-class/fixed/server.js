'use strict';
const http = require('http');
const { Toolkit } = require('./toolkit');

const handlers = {
  async toolkit(body) {
    const toolkit = new Toolkit(body);
    await toolkit.initialize();
  },
};

http
  .createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) {
      text += chunk;
    }
    const body = JSON.parse(text);
    await handlers.toolkit({ command: '/opt/mcp/toolkit', args: [String(body.length)] });
    res.end('ok');
  })
  .listen(8080);
