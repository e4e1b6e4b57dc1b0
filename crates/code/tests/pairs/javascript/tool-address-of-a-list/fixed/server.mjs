import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

const HOSTS = new Set(["docs.example.com", "api.example.com"]);
const server = new McpServer({ name: "reader", version: "1.0.0" });

server.registerTool("read", { inputSchema: { url: z.string().url() } }, async ({ url }) => {
  const target = new URL(url);
  if (!HOSTS.has(target.hostname)) {
    throw new Error("not a host that is read");
  }
  const answer = await fetch(url, { redirect: "error" });
  return { content: [{ type: "text", text: await answer.text() }] };
});
