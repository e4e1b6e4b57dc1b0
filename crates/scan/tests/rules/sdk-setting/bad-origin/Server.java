import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.server.transport.ServerTransportSecurityValidator;

class Server {
    HttpServletStreamableServerTransportProvider transport() {
        return HttpServletStreamableServerTransportProvider.builder()
            .mcpEndpoint("/mcp")
            .securityValidator(ServerTransportSecurityValidator.NOOP)
            .build();
    }
}
