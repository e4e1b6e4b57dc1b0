import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

export const transport = new StdioClientTransport({
  command: "/opt/servers/notes",
  env: { ...process.env, NOTES: "/srv/notes" },
});
