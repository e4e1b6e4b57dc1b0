package com.acme.gate;

import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import java.util.List;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.*;

@RestController
class GateController {
    static class Form {
        private String command;
        private List<String> args;

        public String getCommand() {
            return command;
        }

        public List<String> getArgs() {
            return args;
        }
    }

    @PostMapping("/connect")
    ResponseEntity<Void> connect(@RequestBody Form form) {
        String command = form.getCommand();
        List<String> args = form.getArgs();
        Gate.check(command, args);
        new StdioClientTransport(ServerParameters.builder(command).args(args).build());
        return ResponseEntity.ok().build();
    }
}
