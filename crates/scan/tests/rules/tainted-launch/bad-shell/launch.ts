import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

export async function connect(config: { script: string; env?: Record<string, string> }) {
  const transport = new StdioClientTransport({
    command: "bash",
    args: ["-c", `exec ${config.script}`],
    env: { ...config.env },
  });
  await transport.start();
}
