using Microsoft.AspNetCore.Mvc;
using ModelContextProtocol.Client;

namespace Acme.Runner;

[ApiController]
public class RunController : ControllerBase
{
    private static readonly HashSet<string> AllowedCommands = new(StringComparer.Ordinal) { "npx", "uvx", "dotnet" };

    [HttpGet("/run")]
    public async Task<IActionResult> Run([FromQuery] string command, [FromQuery] string[] args)
    {
        if (!AllowedCommands.Contains(Path.GetFileName(command)))
        {
            return BadRequest("command is not allowed");
        }
        var transport = new StdioClientTransport(new() { Command = command, Arguments = args });
        await McpClientFactory.CreateAsync(transport);
        return Ok();
    }
}
