from llama_index.tools.mcp import BasicMCPClient, McpToolSpec
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def tools(request):
    form = await request.form()
    target = form["target"]
    spec = McpToolSpec(client=BasicMCPClient(target))
    return JSONResponse([tool.metadata.name for tool in await spec.to_tool_list_async()])


app = Starlette(routes=[Route("/tools", tools, methods=["POST"])])
