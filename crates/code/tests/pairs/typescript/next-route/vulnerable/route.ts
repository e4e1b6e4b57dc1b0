import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const servers: Record<string, { command: string }> = { files: { command: "/opt/mcp/files" } };

export async function POST(request: Request) {
  const config = await request.json();
  const transport = new StdioClientTransport({ ...config, stderr: "inherit" });
  await transport.start();
  return Response.json({ ok: true });
}
