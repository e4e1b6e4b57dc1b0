using ModelContextProtocol.Client;

namespace Acme.Tools;

public class McpLauncher
{
    public async Task<IList<McpClientTool>> ListAsync(string command, IList<string> arguments, CancellationToken cancel)
    {
        var transport = new StdioClientTransport(new StdioClientTransportOptions
        {
            Name = "probe",
            Command = command,
            Arguments = arguments,
        });
        await using var client = await McpClient.CreateAsync(transport, cancellationToken: cancel);
        return await client.ListToolsAsync(cancellationToken: cancel);
    }
}
