using Microsoft.AspNetCore.Mvc;
using ModelContextProtocol.Client;

namespace Acme.Runner;

[ApiController]
public class RunController : ControllerBase
{
    [HttpGet("/run")]
    public async Task<IActionResult> Run([FromQuery] string command, [FromQuery] string[] args)
    {
        if (string.IsNullOrWhiteSpace(command))
        {
            return BadRequest("command is missing");
        }
        var transport = new StdioClientTransport(new() { Command = command, Arguments = args });
        await McpClientFactory.CreateAsync(transport);
        return Ok();
    }
}
