using Acme.Hub.Data;
using Microsoft.AspNetCore.Mvc;

namespace Acme.Hub;

public class ServerDto
{
    public string Name { get; set; } = "";
    public ServerKind Kind { get; set; }
}

public enum ServerKind { Time, Files }

[ApiController, Route("servers")]
public class AdminController(HubContext db) : ControllerBase
{
    [HttpPost]
    public async Task<ActionResult<int>> Create(ServerDto dto)
    {
        var row = new ServerRow
        {
            Name = dto.Name,
            Executable = dto.Kind switch
            {
                ServerKind.Time => "/opt/mcp/time",
                _ => "/opt/mcp/files",
            },
            Parameters = "--stdio",
        };
        db.Servers.Add(row);
        await db.SaveChangesAsync();
        return row.Id;
    }
}
