import { StdioClientTransport, getDefaultEnvironment } from "@modelcontextprotocol/sdk/client/stdio.js";

export const transport = new StdioClientTransport({
  command: "/opt/servers/notes",
  env: { ...getDefaultEnvironment(), NOTES: "/srv/notes" },
});
