from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


class Launcher:
    def __init__(self, config):
        self.config = config

    async def start(self):
        params = StdioServerParameters(
            command=self.config.get("command", ""),
            args=self.config.get("args", []),
        )
        async with stdio_client(params) as (read, write):
            async with ClientSession(read, write) as session:
                return await session.list_tools()
