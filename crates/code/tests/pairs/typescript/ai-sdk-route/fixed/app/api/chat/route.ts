import { experimental_createMCPClient, streamText } from 'ai';
import { Experimental_StdioMCPTransport } from 'ai/mcp-stdio';

export async function POST(req: Request) {
  const { messages, server } = await req.json();
  const transport = new Experimental_StdioMCPTransport({ command: '/opt/mcp/chat', args: [String(server.length)] });
  const client = await experimental_createMCPClient({ transport });
  const tools = await client.tools();
  return streamText({ model: 'm', tools, messages }).toDataStreamResponse();
}
