import httpx
from fastmcp import FastMCP

mcp = FastMCP("weather")


@mcp.tool
async def forecast(station: str) -> str:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"https://{station}/v1/forecast")
        return answer.text
