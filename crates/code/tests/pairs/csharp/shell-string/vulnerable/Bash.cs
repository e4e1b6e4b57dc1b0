using ModelContextProtocol.Client;

namespace Acme.Bash;

public static class BashServer
{
    public static StdioClientTransport Open(string package, string version) =>
        new(new StdioClientTransportOptions
        {
            Command = "bash",
            Arguments = ["-lc", $"exec npx -y {package}@{version} 2>>/var/log/mcp.log"],
        });
}
