from pydantic import BaseModel
from fastapi import FastAPI

from crew import tools_of

app = FastAPI()


class ServerIn(BaseModel):
    command: str
    args: list[str] = []
    env: dict[str, str] = {}


@app.post("/crews")
def make(server: ServerIn):
    agent = tools_of({"command": "/opt/mcp/crew", "args": [str(len(server.args))]})
    return {"role": agent.role}
