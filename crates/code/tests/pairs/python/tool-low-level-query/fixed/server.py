import sqlite3

import mcp.types as types
from mcp.server.lowlevel import Server

app = Server("crm")
connection = sqlite3.connect("crm.db")


def search(customer: str, limit: int) -> list[tuple]:
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM orders WHERE customer = ? LIMIT ?", (customer, limit))
    return cursor.fetchall()


@app.call_tool()
async def call_tool(name: str, arguments: dict) -> list[types.TextContent]:
    if name == "search":
        rows = search(arguments["customer"], int(arguments.get("limit", 10)))
        return [types.TextContent(type="text", text=str(rows))]
    raise ValueError(f"no tool {name}")
