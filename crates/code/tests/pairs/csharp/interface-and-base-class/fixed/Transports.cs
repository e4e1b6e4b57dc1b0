using ModelContextProtocol.Client;

namespace Acme.Layers;

public interface ITransportFactory
{
    IClientTransport Create();
}

public abstract class TransportFactory : ITransportFactory
{
    protected string FileName { get; }

    protected TransportFactory(string fileName)
    {
        FileName = fileName;
    }

    public IClientTransport Create() => new StdioClientTransport(new() { Command = FileName });
}

public sealed class CustomFactory : TransportFactory
{
    public CustomFactory(string fileName) : base(fileName)
    {
    }
}
