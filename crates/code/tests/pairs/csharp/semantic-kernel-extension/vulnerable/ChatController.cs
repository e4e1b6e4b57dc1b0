using Microsoft.AspNetCore.Mvc;
using Microsoft.SemanticKernel;
using ModelContextProtocol.SemanticKernel.Extensions;

namespace Acme.Chat;

public class ChatController(Kernel kernel) : ControllerBase
{
    public record Plugin(string Name, string Command, string[] Arguments);

    [HttpPost("/plugins")]
    public async Task Add([FromBody] Plugin plugin)
    {
        await kernel.Plugins.AddMcpFunctionsFromStdioServerAsync(plugin.Name, plugin.Command, plugin.Arguments);
    }
}
