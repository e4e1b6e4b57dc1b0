import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

export class Toolkit {
  tools: unknown[] = [];

  constructor(private readonly params: any) {}

  async initialize() {
    const client = new Client({ name: "host", version: "1.0.0" });
    await client.connect(new StdioClientTransport({ command: this.params.command, args: this.params.args }));
    this.tools = (await client.listTools()).tools;
  }
}
