from fastapi import FastAPI
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from pydantic import BaseModel

app = FastAPI()
SERVERS = {"files": {"command": "/opt/mcp/files"}}


class Body(BaseModel):
    name: str = ""
    server: dict = {}


@app.put("/connect")
async def connect(body: Body):
    async with stdio_client(StdioServerParameters(**SERVERS[body.name])) as streams:
        return await streams[0].receive()
