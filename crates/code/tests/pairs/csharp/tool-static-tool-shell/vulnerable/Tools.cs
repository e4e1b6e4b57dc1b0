using System.ComponentModel;
using System.Diagnostics;
using ModelContextProtocol.Server;

namespace Example;

[McpServerToolType]
public static class NetworkTools
{
    [McpServerTool, Description("Looks a name up")]
    public static async Task<string> Lookup(string host, int timeout)
    {
        return await Runner.Run(host, timeout);
    }
}

public static class Runner
{
    public static async Task<string> Run(string host, int timeout)
    {
        var info = new ProcessStartInfo { FileName = "/bin/sh", Arguments = $"-c \"nslookup {host}\"", RedirectStandardOutput = true };
        using var process = Process.Start(info);
        return await process!.StandardOutput.ReadToEndAsync();
    }
}
