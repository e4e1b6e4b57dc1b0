package com.acme.tools;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

@Component
public class ToolLauncher {
    public McpSyncClient launch(String command, List<String> args, Map<String, String> env) {
        ServerParameters params = ServerParameters.builder(command)
            .args(args)
            .env(env)
            .build();
        McpSyncClient client = McpClient.sync(new StdioClientTransport(params))
            .requestTimeout(Duration.ofSeconds(20))
            .build();
        client.initialize();
        return client;
    }
}
