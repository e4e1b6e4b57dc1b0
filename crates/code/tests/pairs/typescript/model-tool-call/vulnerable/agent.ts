import OpenAI from 'openai';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const openai = new OpenAI();

export async function addServer(messages: any[]) {
  const answer = await openai.chat.completions.create({ model: 'm', messages });
  const call = answer.choices[0].message.tool_calls![0];
  const wanted = JSON.parse(call.function.arguments);
  const transport = new StdioClientTransport({ command: wanted.command, args: wanted.args });
  await transport.start();
}
