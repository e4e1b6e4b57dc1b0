import { Router } from 'express';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { loadServer, saveServer } from '../lib/store';

export const router = Router();
const CATALOGUE: Record<string, { command: string; args: string[] }> = {
  notes: { command: '/opt/mcp/notes', args: [] },
};

router.post('/servers', async (req, res) => {
  res.json(await saveServer(req.body.name, req.body.command, req.body.args));
});

router.post('/servers/:id/start', async (req, res) => {
  const row = await loadServer(req.params.id);
  const transport = new StdioClientTransport({ command: row!.command, args: row!.args });
  await transport.start();
  res.sendStatus(204);
});
