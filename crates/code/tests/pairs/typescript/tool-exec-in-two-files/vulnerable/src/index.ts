import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
import { Git } from "./git.js";

const server = new McpServer({ name: "git", version: "1.0.0" });
const git = new Git("/srv/repository");

server.registerTool(
  "log",
  { description: "Shows commits", inputSchema: { branch: z.string() } },
  async ({ branch }) => ({ content: [{ type: "text", text: await git.log(branch) }] }),
);

await server.connect(new StdioServerTransport());
