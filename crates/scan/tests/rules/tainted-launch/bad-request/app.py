from fastapi import FastAPI
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from pydantic import BaseModel

app = FastAPI()


class Server(BaseModel):
    command: str
    args: list[str] = []


@app.post("/test")
async def test(server: Server):
    params = StdioServerParameters(command=server.command, args=server.args)
    async with stdio_client(params) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
