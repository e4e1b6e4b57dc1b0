using ModelContextProtocol.Client;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<ClientPool>();
var app = builder.Build();

app.MapPost("/connect", async (ConnectRequest body, ClientPool pool, IConfiguration configuration) =>
{
    var options = new StdioClientTransportOptions
    {
        Command = configuration["Mcp:Command"]!,
        Arguments = configuration.GetSection("Mcp:Arguments").Get<string[]>(),
    };
    var client = await McpClient.CreateAsync(new StdioClientTransport(options));
    pool.Add(body.Id, client);
    return Results.Ok();
});

app.Run();

record ConnectRequest(string Id);
