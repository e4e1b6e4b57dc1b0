using Microsoft.AspNetCore.Mvc;
using ModelContextProtocol.Client;

namespace Acme.Checks;

[ApiController]
public class StartController : ControllerBase
{
    public class Body
    {
        public string Command { get; set; } = "";
        public string[] Args { get; set; } = [];
    }

    [HttpPost("/start")]
    public async Task Start([FromBody] Body body)
    {
        Checks.Validate(body.Command, body.Args);
        await McpClient.CreateAsync(new StdioClientTransport(new() { Command = body.Command, Arguments = body.Args }));
    }
}
