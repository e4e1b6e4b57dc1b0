using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Acme.Rpc;

public static class Endpoint
{
    private static readonly ServerEntry Files = new()
    {
        FileName = "/opt/mcp/files",
        Arguments = ["--root", "/srv/shared"],
    };

    public static async Task Handle(HttpContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body);
        context.Response.Headers["X-Asked"] = document.RootElement.GetProperty("label").GetString();
        using var server = new StdioServer(Files);
        server.Initialize();
    }
}
