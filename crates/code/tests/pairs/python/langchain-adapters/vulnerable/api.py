from fastapi import APIRouter, Body

from .graph import ToolLoader

router = APIRouter(prefix="/agents")


@router.post("/{agent_id}/tools")
async def tools(agent_id: str, servers: dict = Body(...)):
    loader = ToolLoader({name: {"transport": "stdio", **spec} for name, spec in servers.items()})
    found = await loader.load()
    return {"agent": agent_id, "tools": [tool.name for tool in found]}
