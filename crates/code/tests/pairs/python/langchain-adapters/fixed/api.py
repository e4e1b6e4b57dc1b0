from fastapi import APIRouter, Body

from .graph import ToolLoader

router = APIRouter(prefix="/agents")


@router.post("/{agent_id}/tools")
async def tools(agent_id: str, servers: dict = Body(...)):
    loader = ToolLoader({"files": {"transport": "stdio", "command": "/opt/mcp/files", "args": []}})
    found = await loader.load()
    return {"agent": agent_id, "tools": [tool.name for tool in found]}
