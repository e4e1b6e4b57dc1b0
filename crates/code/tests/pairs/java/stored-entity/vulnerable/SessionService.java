package com.acme.registry;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Service;

@Service
public class SessionService {
    @Autowired
    private McpServerRepository repository;

    public StdioClientTransport open(Long id) {
        McpServerEntity server = repository.findById(id).orElseThrow();
        ServerParameters parameters = ServerParameters.builder(server.getExecutable())
            .args(server.getArguments().split(" "))
            .build();
        return new StdioClientTransport(parameters);
    }
}
