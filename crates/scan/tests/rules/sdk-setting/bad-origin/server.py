from mcp.server.fastmcp import FastMCP
from mcp.server.transport_security import TransportSecuritySettings

security = TransportSecuritySettings(enable_dns_rebinding_protection=False)
mcp = FastMCP("notes", transport_security=security)

if __name__ == "__main__":
    mcp.run(transport="streamable-http")
