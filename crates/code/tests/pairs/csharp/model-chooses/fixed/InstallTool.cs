using System.ComponentModel;
using Microsoft.SemanticKernel;
using ModelContextProtocol.Client;

namespace Acme.Agents;

public class InstallTool
{
    [KernelFunction, Description("Adds the search server to this session")]
    public async Task<string> AddServerAsync(string name)
    {
        var client = await McpClient.CreateAsync(new StdioClientTransport(new()
        {
            Name = name,
            Command = "/opt/mcp/search",
            Arguments = ["--stdio"],
        }));
        var tools = await client.ListToolsAsync();
        return string.Join(", ", tools.Select(tool => tool.Name));
    }
}
