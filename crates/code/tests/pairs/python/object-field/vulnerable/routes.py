from fastapi import APIRouter
from pydantic import BaseModel

from .launcher import Launcher

router = APIRouter()
SERVERS = {"files": {"command": "/opt/mcp/files", "args": []}}


class Body(BaseModel):
    name: str = ""
    command: str = ""
    args: list[str] = []


@router.post("/servers/preview")
async def preview(body: Body):
    launcher = Launcher({"command": body.command, "args": body.args})
    return await launcher.start()
