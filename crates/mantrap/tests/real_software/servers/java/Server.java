import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.transport.StdioServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The smallest server on the official Java SDK, for the jail's tests of real software. */
public final class Server {
    public static void main(String[] arguments) {
        Tool read = new Tool.Builder()
                .name("read")
                .description("Reads a file")
                .inputSchema(Map.of("type", "object", "properties", Map.of("path", Map.of("type", "string"))))
                .build();
        McpServer.sync(new StdioServerTransportProvider(McpJsonDefaults.getMapper()))
                .serverInfo("java-reader", "1.0.0")
                .capabilities(ServerCapabilities.builder().tools(false).build())
                .toolCall(read, (exchange, request) -> read(request))
                .build();
    }

    private static CallToolResult read(CallToolRequest request) {
        CallToolResult.Builder result = new CallToolResult.Builder();
        try {
            Path path = Path.of(String.valueOf(request.arguments().get("path")));
            return result.addTextContent(Files.readString(path)).build();
        } catch (IOException error) {
            return result.addTextContent(error.toString()).isError(true).build();
        }
    }
}
