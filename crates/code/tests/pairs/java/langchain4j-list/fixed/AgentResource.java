package org.example.agents;

import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.McpClient;
import dev.langchain4j.mcp.client.transport.McpTransport;
import dev.langchain4j.mcp.client.transport.stdio.StdioMcpTransport;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

@Path("/agents")
public class AgentResource {
    public static class Toolbox {
        public String label;
        public boolean verbose;
    }

    @POST
    @Path("/tools")
    @Consumes(MediaType.APPLICATION_JSON)
    public List<String> tools(Toolbox toolbox) throws Exception {
        McpTransport transport = new StdioMcpTransport.Builder()
            .command(List.of("/opt/mcp/files", "--root", "/srv/shared"))
            .logEvents(toolbox.verbose)
            .build();
        try (McpClient client = new DefaultMcpClient.Builder().key(toolbox.label).transport(transport).build()) {
            return client.listTools().stream().map(tool -> tool.name()).toList();
        }
    }
}
