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
    if server.name not in MANIFEST:
        raise HTTPException(403)
    command, *args = MANIFEST[server.name]
    parameters = StdioServerParameters(command=command, args=args)
    async with stdio_client(parameters):
        return {"ok": True}
