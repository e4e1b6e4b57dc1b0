const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');
const { bus } = require('./bus');

bus.on('launch', async (spec) => {
  const transport = new StdioClientTransport({ command: spec.command, args: spec.args });
  await transport.start();
});
