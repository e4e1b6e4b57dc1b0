from fastapi import Depends, Request
from mcp import StdioServerParameters


async def definition(request: Request) -> dict:
    body = await request.json()
    return body["definition"]


async def parameters(found: dict = Depends(definition)) -> StdioServerParameters:
    return StdioServerParameters(command="/opt/mcp/depends", args=["--fields", str(len(found))])
