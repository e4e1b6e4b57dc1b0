'use strict';
const http = require('http');
const { Toolkit } = require('./toolkit');

const handlers = {
  async toolkit(body) {
    const toolkit = new Toolkit(body);
    await toolkit.initialize();
  },
};

function read(req, done) {
  let text = '';
  req.on('data', (chunk) => {
    text += chunk;
  });
  req.on('end', () => done(JSON.parse(text)));
}

http
  .createServer((req, res) => {
    read(req, async (body) => {
      await handlers.toolkit({ command: '/opt/mcp/toolkit', args: [String(body.length)] });
      res.end('ok');
    });
  })
  .listen(8080);
