using McpDotNet.Client;
using McpDotNet.Configuration;
using Microsoft.AspNetCore.Mvc;

namespace Acme.Old;

public class OldController : Controller
{
    [HttpPost]
    public async Task<IActionResult> Attach(string id, string command, string arguments)
    {
        var config = new McpServerConfig
        {
            Id = id,
            Name = id,
            TransportType = "stdio",
            TransportOptions = new Dictionary<string, string>
            {
                ["command"] = command,
                ["arguments"] = arguments,
            },
        };
        var client = await McpClientFactory.CreateAsync(config);
        return Json(await client.ListToolsAsync());
    }
}
