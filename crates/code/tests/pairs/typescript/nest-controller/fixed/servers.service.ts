import { Injectable } from '@nestjs/common';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

export interface Spec {
  command: string;
  args: string[];
}

@Injectable()
export class ServersService {
  async tools(spec: Spec) {
    const transport = new StdioClientTransport(spec);
    const client = new Client({ name: 'nest', version: '1.0.0' });
    await client.connect(transport);
    return client.listTools();
  }
}
