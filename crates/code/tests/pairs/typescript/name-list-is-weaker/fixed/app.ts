import express from 'express';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const app = express();
const ALLOWED_COMMANDS = ['npx', 'node', 'python3'];
const MANIFEST: Record<string, string[]> = { files: ['/opt/mcp/files', '--root', '/srv'] };

app.post('/start', async (req, res) => {
  const known = MANIFEST[req.body.name];
  if (!known) {
    return res.status(403).end();
  }
  const [command, ...args] = known;
  const transport = new StdioClientTransport({ command, args });
  await transport.start();
  res.status(204).end();
});
