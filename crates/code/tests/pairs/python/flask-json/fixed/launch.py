import asyncio

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def _tools(params):
    async with stdio_client(params) as (read, write):
        async with ClientSession(read, write) as session:
            return await session.list_tools()


def tools(command, args):
    return asyncio.run(_tools(StdioServerParameters(command=command, args=args)))
