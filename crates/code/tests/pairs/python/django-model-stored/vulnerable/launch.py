from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client


def open_server(row):
    parameters = StdioServerParameters(command=row.command, args=row.args)
    return stdio_client(parameters)
