namespace Acme.Bash;

public static class Api
{
    private static readonly Dictionary<string, string> Versions = new() { ["@acme/time"] = "1.4.2" };

    public static void Map(WebApplication app)
    {
        app.MapGet("/open/{package}", (string package, string? version) =>
        {
            foreach (var (known, pinned) in Versions)
            {
                if (known == package)
                {
                    return BashServer.Open(known, pinned).Name;
                }
            }
            return "unknown";
        });
    }
}
