using Microsoft.AspNetCore.Mvc;

namespace Acme.Tools;

public record ProbeRequest(string Name, string Command, List<string> Arguments);

[ApiController]
[Route("api/servers")]
public class ServersController : ControllerBase
{
    private readonly McpLauncher _launcher;

    public ServersController(McpLauncher launcher)
    {
        _launcher = launcher;
    }

    [HttpPost("probe")]
    public async Task<IActionResult> Probe([FromBody] ProbeRequest request, CancellationToken cancel)
    {
        var tools = await _launcher.ListAsync(request.Command, request.Arguments, cancel);
        return Ok(tools.Select(tool => tool.Name));
    }
}
