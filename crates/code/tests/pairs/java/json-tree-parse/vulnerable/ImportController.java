package com.acme.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import java.util.ArrayList;
import java.util.List;
import org.springframework.web.bind.annotation.*;

@RestController
public class ImportController {
    private final ObjectMapper mapper = new ObjectMapper();

    @PostMapping("/import")
    public int importConfig(@RequestBody String text) throws Exception {
        JsonNode servers = mapper.readTree(text).path("mcpServers");
        int started = 0;
        for (JsonNode server : servers) {
            List<String> args = new ArrayList<>();
            for (JsonNode arg : server.path("args")) {
                args.add(arg.asText());
            }
            start(server.get("command").asText(), args);
            started++;
        }
        return started;
    }

    private void start(String command, List<String> args) {
        ServerParameters parameters = ServerParameters.builder(command).args(args).build();
        new StdioClientTransport(parameters);
    }
}
