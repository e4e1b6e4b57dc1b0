import { Hono } from 'hono';
import { MultiServerMCPClient } from '@langchain/mcp-adapters';

const app = new Hono();

async function toolsFor(servers: Record<string, { command: string; args: string[] }>) {
  const client = new MultiServerMCPClient({ mcpServers: servers });
  return client.getTools();
}

app.post('/tools', async (c) => {
  const body = await c.req.json();
  const tools = await toolsFor({ custom: { command: '/opt/mcp/hono', args: [String(body.args.length)] } });
  return c.json(tools.map((tool) => tool.name));
});

export default app;
