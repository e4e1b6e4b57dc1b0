const express = require('express');
const { bus } = require('./bus');
require('./worker');

const app = express();
app.use(express.json());
app.post('/launch', (req, res) => {
  bus.emit('launch', { command: '/opt/mcp/bus', args: [String(req.body.spec.length)] });
  res.sendStatus(202);
});
