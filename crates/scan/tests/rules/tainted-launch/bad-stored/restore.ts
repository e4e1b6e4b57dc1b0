import { PrismaClient } from "@prisma/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const prisma = new PrismaClient();

export async function restore(): Promise<void> {
  const rows = await prisma.mcpServer.findMany();
  for (const row of rows) {
    const client = new Client({ name: "host", version: "1.0.0" });
    await client.connect(new StdioClientTransport({ command: row.command, args: row.args }));
  }
}
