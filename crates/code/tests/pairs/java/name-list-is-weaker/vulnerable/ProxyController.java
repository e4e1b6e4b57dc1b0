package com.acme.proxy;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class ProxyController {
    @GetMapping("/stdio")
    String connect(@RequestParam String command, @RequestParam List<String> args) {
        if (command.isBlank()) {
            throw new IllegalArgumentException("command is missing");
        }
        var transport = new StdioClientTransport(ServerParameters.builder(command).args(args).build());
        return transport.toString();
    }
}
