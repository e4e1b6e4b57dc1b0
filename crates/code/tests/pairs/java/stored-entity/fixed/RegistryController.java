package com.acme.registry;

import org.springframework.web.bind.annotation.*;

@RestController
public class RegistryController {
    private final McpServerRepository repository;

    RegistryController(McpServerRepository repository) {
        this.repository = repository;
    }

    static class ServerForm {
        public String name;
        public String kind;
    }

    @PutMapping("/servers/{id}")
    public McpServerEntity save(@PathVariable Long id, @RequestBody ServerForm form) {
        McpServerEntity server = repository.findById(id).orElseGet(McpServerEntity::new);
        server.setName(form.name);
        switch (form.kind) {
            case "files":
                server.setExecutable("/opt/mcp/files");
                server.setArguments("--root /srv/shared");
                break;
            default:
                server.setExecutable("/opt/mcp/time");
                server.setArguments("");
        }
        return repository.save(server);
    }
}
