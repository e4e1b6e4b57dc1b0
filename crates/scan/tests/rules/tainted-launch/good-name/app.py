from fastapi import FastAPI, HTTPException
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from pydantic import BaseModel

app = FastAPI()
SERVERS = {"files": ("/opt/mcp/files", ["--root", "/srv"])}


class Server(BaseModel):
    name: str


@app.post("/test")
async def test(server: Server):
    if server.name not in SERVERS:
        raise HTTPException(404)
    command, args = SERVERS[server.name]
    params = StdioServerParameters(command=command, args=args)
    async with stdio_client(params) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
