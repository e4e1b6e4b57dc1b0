package com.acme.di;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import org.springframework.stereotype.Service;

@Service
public class Runner {
    private final ServerSource source;

    public Runner(ServerSource source) {
        this.source = source;
    }

    public StdioClientTransport run(String key) {
        Command command = source.find(key);
        return new StdioClientTransport(
            ServerParameters.builder(command.program()).args(command.args()).build());
    }
}
