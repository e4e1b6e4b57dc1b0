from mcp.server.fastmcp import FastMCP
from mcp.server.transport_security import TransportSecuritySettings

security = TransportSecuritySettings(allowed_hosts=["notes.example.com"], allowed_origins=["https://notes.example.com"])
mcp = FastMCP("notes", host="0.0.0.0", transport_security=security)
