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
        public String runner;
        public String packageName;
    }

    @POST
    @Path("/tools")
    @Consumes(MediaType.APPLICATION_JSON)
    public List<String> tools(Toolbox toolbox) throws Exception {
        McpTransport transport = new StdioMcpTransport.Builder()
            .command(List.of(toolbox.runner, "-y", toolbox.packageName))
            .logEvents(true)
            .build();
        try (McpClient client = new DefaultMcpClient.Builder().transport(transport).build()) {
            return client.listTools().stream().map(tool -> tool.name()).toList();
        }
    }
}
