from fastapi import APIRouter
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from pydantic import BaseModel

router = APIRouter()


class Server(BaseModel):
    transport: str
    command: str | None = None
    args: list[str] = []
    url: str | None = None


@router.post("/servers/test/connection")
async def try_server(server: Server):
    if server.transport == "stdio":
        parameters = StdioServerParameters(command=server.command, args=server.args)
        async with stdio_client(parameters):
            return {"ok": True}
    return {"ok": False}
