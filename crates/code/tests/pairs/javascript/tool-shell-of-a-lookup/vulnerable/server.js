const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { execSync, execFileSync } = require("child_process");
const { z } = require("zod");

const server = new McpServer({ name: "dns", version: "1.0.0" });

function lookup(host) {
  return execSync("dig +short " + host).toString();
}

server.tool("lookup", { host: z.string() }, async ({ host }) => {
  return { content: [{ type: "text", text: lookup(host) }] };
});
