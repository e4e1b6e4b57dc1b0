import re

from fastapi import FastAPI, HTTPException
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from pydantic import BaseModel

app = FastAPI()
ALLOWED = {"npx", "uvx"}
MANIFEST = {"files": ["files", "--root", "/srv"]}
UNSAFE = re.compile(r"[;&|`$(){}<>]")


class Server(BaseModel):
    name: str
    command: str
    args: list[str]


@app.post("/launch")
async def launch(server: Server):
    if server.command not in ALLOWED or any(UNSAFE.search(arg) for arg in server.args):
        raise HTTPException(403)
    parameters = StdioServerParameters(command=server.command, args=server.args)
    async with stdio_client(parameters):
        return {"ok": True}
