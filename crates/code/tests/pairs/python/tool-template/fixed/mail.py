from fastmcp import FastMCP
from jinja2 import Environment

mcp = FastMCP("mail")
environment = Environment(autoescape=True)
LETTER = "Dear {{ name }}, {{ text }}"


@mcp.tool
def render(text: str, name: str) -> str:
    return environment.from_string(LETTER).render(name=name, text=text)
