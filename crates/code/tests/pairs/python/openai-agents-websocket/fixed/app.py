import json

from agents import Agent, Runner
from agents.mcp import MCPServerStdio
from fastapi import FastAPI, WebSocket

app = FastAPI()


def server_for(config: dict) -> MCPServerStdio:
    return MCPServerStdio(params={"command": config["command"], "args": config["args"]}, name=config["name"])


@app.websocket("/chat")
async def chat(socket: WebSocket):
    await socket.accept()
    hello = json.loads(await socket.receive_text())
    server = server_for({"command": "/opt/mcp/chat", "args": [], "name": str(len(hello))})
    async with server:
        agent = Agent(name="helper", mcp_servers=[server])
        result = await Runner.run(agent, "hello")
        await socket.send_text(result.final_output)
