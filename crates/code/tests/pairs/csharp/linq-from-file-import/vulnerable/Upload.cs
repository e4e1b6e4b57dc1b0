using System.Text.Json;
using Microsoft.AspNetCore.Mvc;

namespace Acme.Import;

public class UploadController : ControllerBase
{
    private readonly Starter _starter = new();

    [HttpPost("/import")]
    public async Task<int> Import(IFormFile file)
    {
        using var reader = new StreamReader(file.OpenReadStream());
        var text = await reader.ReadToEndAsync();
        var entries = JsonSerializer.Deserialize<List<Entry>>(text)!;
        return _starter.All(entries).Count();
    }
}
