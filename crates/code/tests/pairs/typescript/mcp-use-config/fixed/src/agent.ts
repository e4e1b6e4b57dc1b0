import { MCPAgent, MCPClient } from 'mcp-use';

export class AgentFactory {
  private config: Record<string, any> = {};

  configure(config: Record<string, any>) {
    this.config = config;
    return this;
  }

  build(llm: unknown) {
    const client = new MCPClient({ mcpServers: this.config });
    return new MCPAgent({ llm, client });
  }
}
