from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

from base import Worker


class StdioWorker(Worker):
    async def handle(self, item):
        parameters = StdioServerParameters(command=item["command"], args=item["args"])
        async with stdio_client(parameters):
            pass
