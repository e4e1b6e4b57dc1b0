using Microsoft.EntityFrameworkCore;

namespace Acme.Hub.Data;

public class ServerRow
{
    public int Id { get; set; }
    public string Name { get; set; } = "";
    public string Executable { get; set; } = "";
    public string? Parameters { get; set; }
}

public class HubContext : DbContext
{
    public DbSet<ServerRow> Servers { get; set; } = null!;
}
