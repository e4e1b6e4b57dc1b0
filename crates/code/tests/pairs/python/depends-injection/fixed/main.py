from fastapi import Depends, FastAPI
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client

from deps import parameters

app = FastAPI()


@app.post("/tools")
async def tools(params: StdioServerParameters = Depends(parameters)):
    async with stdio_client(params) as (read, write):
        return {"open": read is not None and write is not None}
