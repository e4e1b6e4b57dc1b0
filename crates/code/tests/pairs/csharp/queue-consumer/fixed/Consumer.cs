using MassTransit;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Client;

namespace Acme.Jobs;

public class LaunchConsumer(IOptions<LaunchOptions> options) : IConsumer<LaunchServer>
{
    public async Task Consume(ConsumeContext<LaunchServer> context)
    {
        Console.WriteLine(context.Message.Tenant);
        await McpClient.CreateAsync(new StdioClientTransport(new()
        {
            Command = options.Value.Command,
            Arguments = options.Value.Arguments,
        }));
    }
}

public class LaunchOptions
{
    public string Command { get; set; } = "/opt/mcp/search";
    public string[] Arguments { get; set; } = [];
}
