using Microsoft.AspNetCore.Mvc;

namespace Acme.Layers;

[ApiController]
public class FactoryController : ControllerBase
{
    [HttpPost("/factory")]
    public string Make([FromForm] string program)
    {
        ITransportFactory factory = new CustomFactory(program);
        return factory.Create().Name;
    }
}
