namespace Acme.Bash;

public static class Api
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/open/{package}", (string package, string? version) =>
            BashServer.Open(package, version ?? "latest").Name);
    }
}
