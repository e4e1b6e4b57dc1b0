using ModelContextProtocol.Client;

namespace Acme.Import;

public class Starter
{
    public IEnumerable<StdioClientTransport> All(IEnumerable<Entry> entries) =>
        from entry in entries
        where entry.Enabled
        select new StdioClientTransport(new() { Command = entry.Command, Arguments = entry.Args });
}

public record Entry(string Command, string[] Args, bool Enabled);
