from pathlib import Path

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("notes")
BASE = Path("/srv/notes").resolve()


class Notes:
    def __init__(self, base: Path) -> None:
        self.base = base

    def read(self, name: str) -> str:
        target = (self.base / f"{name}.md").resolve()
        if not target.is_relative_to(BASE):
            raise ValueError("no such note")
        return target.read_text()


notes = Notes(BASE)


@mcp.tool()
def read_note(name: str) -> str:
    """Reads one note."""
    return notes.read(name)
