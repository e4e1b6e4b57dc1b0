import requests
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

REGISTRY = "https://registry.example.com/v0/servers"


def install(name):
    entry = requests.get(f"{REGISTRY}/{name}", timeout=10).json()
    package = entry["package"]
    parameters = StdioServerParameters(command=package["runtime"], args=package["arguments"])
    return stdio_client(parameters)
