import Koa from 'koa';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { assertSafe } from './guard';

const app = new Koa();

app.use(async (ctx) => {
  const { command, args } = ctx.request.body as { command: string; args: string[] };
  assertSafe(command, args);
  const transport = new StdioClientTransport({ command, args });
  await transport.start();
  ctx.status = 204;
});
