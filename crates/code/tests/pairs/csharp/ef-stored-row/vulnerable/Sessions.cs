using Acme.Hub.Data;
using ModelContextProtocol.Client;

namespace Acme.Hub;

public class Sessions(HubContext db)
{
    public async Task<McpClient> OpenAsync(int id)
    {
        var row = await db.Servers.FirstOrDefaultAsync(server => server.Id == id)
            ?? throw new KeyNotFoundException();
        return await McpClient.CreateAsync(new StdioClientTransport(new()
        {
            Name = row.Name,
            Command = row.Executable,
            Arguments = row.Parameters?.Split(' ') ?? [],
        }));
    }
}
