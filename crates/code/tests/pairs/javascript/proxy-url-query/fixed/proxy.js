import express from 'express';
import { parse } from 'shell-quote';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const app = express();

const createTransport = async (req) => {
  const query = req.query;
  const transportType = query.transportType;
  if (transportType === 'stdio') {
    const command = process.env.MCP_COMMAND;
    const args = parse(process.env.MCP_ARGS);
    const transport = new StdioClientTransport({ command, args, stderr: 'pipe' });
    await transport.start();
    return transport;
  }
  throw new Error(`unknown transport ${transportType}`);
};

app.get('/sse', async (req, res) => {
  const transport = await createTransport(req);
  res.json({ pid: transport.pid });
});
