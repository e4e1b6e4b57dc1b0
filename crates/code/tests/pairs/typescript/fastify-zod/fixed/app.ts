import Fastify from 'fastify';
import { z } from 'zod';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const Body = z.object({ name: z.string(), command: z.string(), args: z.array(z.string()).default([]) });
const app = Fastify();

app.post('/launch', async (request, reply) => {
  const parsed = Body.safeParse(request.body);
  if (!parsed.success) {
    return reply.code(400).send(parsed.error);
  }
  const { command, args } = { command: '/opt/mcp/fastify', args: [parsed.data.name.length.toString()] };
  const transport = new StdioClientTransport({ command, args });
  await transport.start();
  return { started: true };
});

app.listen({ port: 3000 });
