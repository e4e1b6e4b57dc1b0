using Acme.Hub.Data;
using Microsoft.AspNetCore.Mvc;

namespace Acme.Hub;

public class ServerDto
{
    public string Name { get; set; } = "";
    public string Executable { get; set; } = "";
    public string Parameters { get; set; } = "";
}

[ApiController, Route("servers")]
public class AdminController(HubContext db) : ControllerBase
{
    [HttpPost]
    public async Task<ActionResult<int>> Create(ServerDto dto)
    {
        var row = new ServerRow
        {
            Name = dto.Name,
            Executable = dto.Executable,
            Parameters = dto.Parameters,
        };
        db.Servers.Add(row);
        await db.SaveChangesAsync();
        return row.Id;
    }
}
