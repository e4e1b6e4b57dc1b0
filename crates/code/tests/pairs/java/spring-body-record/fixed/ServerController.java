package com.acme.tools;

import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/api/servers")
public class ServerController {
    private static final Map<String, List<String>> SERVERS = Map.of(
        "files", List.of("@modelcontextprotocol/server-filesystem@2025.8.21", "/srv/shared"),
        "time", List.of("@acme/time-server@1.2.0"));

    private final ToolLauncher launcher;

    public ServerController(ToolLauncher launcher) {
        this.launcher = launcher;
    }

    public record TestRequest(String name) {}

    @PostMapping("/test")
    public List<String> test(@RequestBody TestRequest request) {
        List<String> args = SERVERS.get(request.name());
        if (args == null) {
            throw new IllegalArgumentException("unknown server");
        }
        var client = launcher.launch("/usr/local/bin/npx", args, Map.of());
        return client.listTools().tools().stream().map(tool -> tool.name()).toList();
    }
}
