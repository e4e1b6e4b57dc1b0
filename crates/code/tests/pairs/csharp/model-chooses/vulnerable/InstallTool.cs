using System.ComponentModel;
using Microsoft.SemanticKernel;
using ModelContextProtocol.Client;

namespace Acme.Agents;

public class InstallTool
{
    [KernelFunction, Description("Adds an MCP server to this session")]
    public async Task<string> AddServerAsync(string name, string command, string[] arguments)
    {
        var client = await McpClient.CreateAsync(new StdioClientTransport(new()
        {
            Name = name,
            Command = command,
            Arguments = arguments,
        }));
        var tools = await client.ListToolsAsync();
        return string.Join(", ", tools.Select(tool => tool.Name));
    }
}
