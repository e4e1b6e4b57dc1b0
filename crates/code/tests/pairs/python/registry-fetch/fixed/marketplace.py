import requests
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

REGISTRY = "https://registry.example.com/v0/servers"


def install(name):
    entry = requests.get(f"{REGISTRY}/{name}", timeout=10).json()
    parameters = StdioServerParameters(command="/opt/mcp/reader", args=["--version", str(len(entry))])
    return stdio_client(parameters)
