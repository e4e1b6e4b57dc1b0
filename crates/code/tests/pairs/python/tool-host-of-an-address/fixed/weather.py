import httpx
from fastmcp import FastMCP

mcp = FastMCP("weather")


@mcp.tool
async def forecast(station: str) -> str:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"https://api.weather.example/v1/{station}/forecast")
        return answer.text
