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
        public String executable;
        public String arguments;
    }

    @PutMapping("/servers/{id}")
    public McpServerEntity save(@PathVariable Long id, @RequestBody ServerForm form) {
        McpServerEntity server = repository.findById(id).orElseGet(McpServerEntity::new);
        server.setName(form.name);
        server.setExecutable(form.executable);
        server.setArguments(form.arguments);
        return repository.save(server);
    }
}
