from fastapi import FastAPI
from agents.mcp import MCPServerStdio
from pydantic import BaseModel

app = FastAPI()


class Body(BaseModel):
    script: str


@app.post("/run")
async def run(body: Body):
    async with MCPServerStdio(params={"command": "bash", "args": ["-c", "exec /opt/mcp/files"]}) as server:
        return await server.list_tools()
