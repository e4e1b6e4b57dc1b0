using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Acme.Rpc;

public static class Endpoint
{
    public static async Task Handle(HttpContext context)
    {
        using var document = await JsonDocument.ParseAsync(context.Request.Body);
        var root = document.RootElement;
        var entry = new ServerEntry
        {
            FileName = root.GetProperty("fileName").GetString()!,
            Arguments = root.GetProperty("arguments").EnumerateArray().Select(item => item.GetString()!).ToList(),
        };
        using var server = new StdioServer(entry);
        server.Initialize();
    }
}
