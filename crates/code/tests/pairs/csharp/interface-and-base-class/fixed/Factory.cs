using Microsoft.AspNetCore.Mvc;

namespace Acme.Layers;

[ApiController]
public class FactoryController : ControllerBase
{
    private const string Program = "/opt/mcp/index";

    [HttpPost("/factory")]
    public string Make([FromForm] string label)
    {
        ITransportFactory factory = new CustomFactory(Program);
        return label + factory.Create().Name;
    }
}
