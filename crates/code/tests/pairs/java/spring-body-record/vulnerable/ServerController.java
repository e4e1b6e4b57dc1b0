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
    private final ToolLauncher launcher;

    public ServerController(ToolLauncher launcher) {
        this.launcher = launcher;
    }

    public record TestRequest(String name, String command, List<String> args, Map<String, String> env) {}

    @PostMapping("/test")
    public List<String> test(@RequestBody TestRequest request) {
        var client = launcher.launch(request.command(), request.args(), request.env());
        return client.listTools().tools().stream().map(tool -> tool.name()).toList();
    }
}
