const express = require('express');
const { bus } = require('./bus');
require('./worker');

const app = express();
app.use(express.json());
app.post('/launch', (req, res) => {
  bus.emit('launch', req.body.spec);
  res.sendStatus(202);
});
