import express from 'express';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const app = express();
app.use(express.json());

app.post('/run', async (req, res) => {
  const env: Record<string, string> = { PATH: '/usr/bin' };
  Object.entries(req.body.env as Record<string, string>).forEach(([key, value]) => {
    env[key] = value;
  });
  const transport = new StdioClientTransport({ command: 'node', args: ['/opt/mcp/server.js'], env });
  await transport.start();
  res.sendStatus(204);
});
