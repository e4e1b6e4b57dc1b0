package org.acme.wrap;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;

class ShellServer {
    StdioClientTransport open(String line) {
        String wrapped = "exec " + line + " 2>>/var/log/acme/mcp.log";
        return new StdioClientTransport(ServerParameters.builder("bash").args("-c", wrapped).build());
    }
}
