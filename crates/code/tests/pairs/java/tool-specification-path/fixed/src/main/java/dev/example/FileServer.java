package dev.example;

import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

public class FileServer {

    private static final Path BASE = Path.of("/srv/files");

    McpSyncServer start(McpSchema.Tool read) {
        var tool = new SyncToolSpecification(read, (exchange, arguments) -> text((String) arguments.get("name")));
        return McpServer.sync(transport()).tools(tool).build();
    }

    McpSchema.CallToolResult text(String name) {
        try {
            Path file = BASE.resolve(name).toRealPath();
            if (!file.startsWith(BASE)) {
                return new McpSchema.CallToolResult("no such file", true);
            }
            return new McpSchema.CallToolResult(Files.readString(file), false);
        } catch (IOException error) {
            return new McpSchema.CallToolResult("no such file", true);
        }
    }
}
