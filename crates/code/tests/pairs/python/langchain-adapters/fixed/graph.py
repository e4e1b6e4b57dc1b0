from langchain_mcp_adapters.client import MultiServerMCPClient


class ToolLoader:
    def __init__(self, servers: dict):
        self._servers = servers

    async def load(self):
        client = MultiServerMCPClient(self._servers)
        return await client.get_tools()
