package com.acme.di;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

@Component
public class CatalogSource implements ServerSource {
    private final Map<String, Command> known = new HashMap<>();

    public CatalogSource() {
        known.put("time", new Command("/opt/mcp/time", List.of()));
        known.put("files", new Command("/opt/mcp/files", List.of("--root", "/srv/shared")));
    }

    @Override
    public Command find(String key) {
        Command command = known.get(key);
        if (command == null) {
            throw new IllegalArgumentException("no server is called " + key);
        }
        return command;
    }
}
