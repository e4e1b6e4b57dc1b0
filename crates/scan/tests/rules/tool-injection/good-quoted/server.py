import shlex
import subprocess

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("media")


def run(line: str) -> str:
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60)
    return done.stdout


@mcp.tool()
async def probe(url: str, seconds: int = 10) -> str:
    """Says what a media file holds."""
    return run(f"ffprobe -t {seconds} -show_format {shlex.quote(url)}")
