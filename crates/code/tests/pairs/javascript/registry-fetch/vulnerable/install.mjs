import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

export async function install(name) {
  const answer = await fetch(`https://registry.example.com/v0/servers/${name}`);
  const entry = await answer.json();
  const transport = new StdioClientTransport({ command: entry.runtime, args: entry.arguments });
  const client = new Client({ name: 'installer', version: '1.0.0' });
  await client.connect(transport);
}
