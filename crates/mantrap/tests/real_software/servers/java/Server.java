import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.transport.StdioServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.util.Map;

/** The smallest server on the official Java SDK, for the jail's tests of real software. */
public final class Server {
    public static void main(String[] arguments) {
        Tool echo = new Tool.Builder()
                .name("echo")
                .description("Says it again")
                .inputSchema(Map.of("type", "object", "properties", Map.of("text", Map.of("type", "string"))))
                .build();
        McpServer.sync(new StdioServerTransportProvider(McpJsonDefaults.getMapper()))
                .serverInfo("java-echo", "1.0.0")
                .capabilities(ServerCapabilities.builder().tools(false).build())
                .toolCall(echo, (exchange, request) -> new CallToolResult.Builder()
                        .addTextContent(String.valueOf(request.arguments().get("text")))
                        .build())
                .build();
    }
}
