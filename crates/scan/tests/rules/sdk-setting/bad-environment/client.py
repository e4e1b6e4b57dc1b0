import os

from mcp import StdioServerParameters

parameters = StdioServerParameters(command="/opt/servers/notes", env={**os.environ, "NOTES": "/srv/notes"})
