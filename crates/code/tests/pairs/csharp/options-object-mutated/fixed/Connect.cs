using ModelContextProtocol.Client;
using Microsoft.AspNetCore.SignalR;

namespace Acme.Live;

public class AgentHub : Hub
{
    private readonly Dictionary<string, McpClient> _clients = new();

    public async Task Connect(string label)
    {
        var options = new StdioClientTransportOptions { Name = label, Command = "dotnet" };
        options.Command = "/usr/bin/dotnet";
        options.Arguments = ["/opt/mcp/Search.dll"];
        _clients[label] = await McpClient.CreateAsync(new StdioClientTransport(options));
    }
}
