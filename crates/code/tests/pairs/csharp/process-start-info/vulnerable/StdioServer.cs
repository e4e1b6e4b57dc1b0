using System.Diagnostics;
using System.Text.Json;

namespace Acme.Rpc;

/// <summary>An MCP server that is spoken to over its pipes.</summary>
public sealed class StdioServer : IDisposable
{
    private readonly Process _process;

    public StdioServer(ServerEntry entry)
    {
        var start = new ProcessStartInfo
        {
            FileName = entry.FileName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var argument in entry.Arguments)
        {
            start.ArgumentList.Add(argument);
        }
        _process = Process.Start(start) ?? throw new InvalidOperationException("not started");
    }

    public void Initialize()
    {
        var message = JsonSerializer.Serialize(new { jsonrpc = "2.0", id = 1, method = "initialize" });
        _process.StandardInput.WriteLine(message);
    }

    public void Dispose() => _process.Kill();
}

public class ServerEntry
{
    public required string FileName { get; init; }
    public List<string> Arguments { get; init; } = [];
}
