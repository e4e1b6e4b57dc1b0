package com.acme.env;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import java.util.HashMap;
import java.util.Map;
import org.springframework.web.bind.annotation.*;

@RestController
class EnvController {
    @PostMapping("/env")
    int start(@RequestBody Map<String, String> body) {
        Map<String, String> env = new HashMap<>();
        env.put("LANG", "C.UTF-8");
        ServerParameters.Builder builder = ServerParameters.builder("node");
        builder.args("/opt/mcp/server.js");
        builder.env(env);
        new StdioClientTransport(builder.build());
        return body.size();
    }
}
