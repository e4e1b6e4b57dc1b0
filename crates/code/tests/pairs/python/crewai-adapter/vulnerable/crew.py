from crewai import Agent
from crewai_tools import MCPServerAdapter
from mcp import StdioServerParameters


def tools_of(server):
    with MCPServerAdapter(StdioServerParameters(**server)) as tools:
        return Agent(role="helper", goal="help", backstory="", tools=tools)
