import os

from fastapi import FastAPI, HTTPException
from langchain_mcp_adapters.client import MultiServerMCPClient
from pydantic import BaseModel

app = FastAPI()
ALLOWED = {"npx", "uvx", "node"}


class Body(BaseModel):
    command: str
    args: list[str]


@app.post("/add")
async def add(body: Body):
    command = body.command
    client = MultiServerMCPClient({"it": {"transport": "stdio", "command": command, "args": body.args}})
    return await client.get_tools()
