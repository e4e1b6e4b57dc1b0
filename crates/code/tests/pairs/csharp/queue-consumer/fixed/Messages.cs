namespace Acme.Jobs;

public record LaunchServer(string Tenant, string Command, string[] Arguments);
