using MassTransit;
using ModelContextProtocol.Client;

namespace Acme.Jobs;

public class LaunchConsumer : IConsumer<LaunchServer>
{
    public async Task Consume(ConsumeContext<LaunchServer> context)
    {
        var message = context.Message;
        await McpClient.CreateAsync(new StdioClientTransport(new()
        {
            Command = message.Command,
            Arguments = message.Arguments,
        }));
    }
}
