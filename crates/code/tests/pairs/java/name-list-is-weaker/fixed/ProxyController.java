package com.acme.proxy;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import java.util.List;
import java.util.Set;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class ProxyController {
    private static final Set<String> ALLOWED = Set.of("npx", "uvx", "docker");

    @GetMapping("/stdio")
    String connect(@RequestParam String command, @RequestParam List<String> args) {
        if (!ALLOWED.contains(command)) {
            throw new IllegalArgumentException("command is not allowed");
        }
        var transport = new StdioClientTransport(ServerParameters.builder(command).args(args).build());
        return transport.toString();
    }
}
