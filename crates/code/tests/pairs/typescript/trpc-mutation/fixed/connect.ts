import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

export async function connect(options: { command: string; args: string[] }) {
  const transport = new StdioClientTransport({ ...options, stderr: 'pipe' });
  await transport.start();
  return transport.pid;
}
