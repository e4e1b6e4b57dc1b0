using ModelContextProtocol.Client;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton<ClientPool>();
var app = builder.Build();

app.MapPost("/connect", async (ConnectRequest body, ClientPool pool) =>
{
    var options = new StdioClientTransportOptions { Command = body.Command, Arguments = body.Args };
    var client = await McpClient.CreateAsync(new StdioClientTransport(options));
    pool.Add(body.Id, client);
    return Results.Ok();
});

app.Run();

record ConnectRequest(string Id, string Command, string[] Args);
