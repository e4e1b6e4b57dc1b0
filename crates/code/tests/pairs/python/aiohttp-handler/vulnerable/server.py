from aiohttp import web
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

KNOWN = {"files": ("/opt/mcp/files", ["--root", "/srv"])}


async def preview(request: web.Request) -> web.Response:
    body = await request.json()
    params = StdioServerParameters(command=body["command"], args=body.get("args", []))
    async with stdio_client(params):
        return web.json_response({"ok": True})


app = web.Application()
app.router.add_post("/preview", preview)
