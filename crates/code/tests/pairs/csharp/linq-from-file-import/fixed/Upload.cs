using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace Acme.Import;

public class UploadController : ControllerBase
{
    private readonly Starter _starter = new();

    [HttpPost("/import")]
    public async Task<int> Import(IFormFile file)
    {
        var text = await System.IO.File.ReadAllTextAsync("/etc/acme/servers.json");
        var entries = JsonSerializer.Deserialize<List<Entry>>(text)!;
        return _starter.All(entries).Count() + (int)file.Length;
    }
}
