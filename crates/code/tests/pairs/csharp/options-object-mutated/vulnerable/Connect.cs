using ModelContextProtocol.Client;
using Microsoft.AspNetCore.SignalR;

namespace Acme.Live;

public class AgentHub : Hub
{
    private readonly Dictionary<string, McpClient> _clients = new();

    public async Task Connect(string label, string command, Dictionary<string, string?> environment)
    {
        var options = new StdioClientTransportOptions { Name = label, Command = "dotnet" };
        options.Command = command;
        options.EnvironmentVariables = environment;
        _clients[label] = await McpClient.CreateAsync(new StdioClientTransport(options));
    }
}
