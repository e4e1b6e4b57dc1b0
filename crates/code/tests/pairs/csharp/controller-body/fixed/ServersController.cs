using Microsoft.AspNetCore.Mvc;

namespace Acme.Tools;

public record ProbeRequest(string Name);

[ApiController]
[Route("api/servers")]
public class ServersController : ControllerBase
{
    private static readonly Dictionary<string, string[]> Known = new()
    {
        ["time"] = new[] { "/opt/mcp/time" },
        ["files"] = new[] { "/opt/mcp/files", "--root", "/srv/shared" },
    };

    private readonly McpLauncher _launcher;

    public ServersController(McpLauncher launcher)
    {
        _launcher = launcher;
    }

    [HttpPost("probe")]
    public async Task<IActionResult> Probe([FromBody] ProbeRequest request, CancellationToken cancel)
    {
        if (!Known.TryGetValue(request.Name, out var line))
        {
            return NotFound(request.Name);
        }
        var tools = await _launcher.ListAsync(line[0], line.Skip(1).ToList(), cancel);
        return Ok(tools.Select(tool => tool.Name));
    }
}
