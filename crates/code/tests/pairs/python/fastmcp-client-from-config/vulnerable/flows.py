from fastmcp import Client
from flask import Flask, jsonify, request

app = Flask(__name__)
TRUSTED = {"mcpServers": {"time": {"command": "/opt/mcp/time"}}}


@app.post("/import")
def import_config():
    document = request.get_json(force=True)
    client = Client(document["config"])
    return jsonify({"servers": len(document), "client": client.name})
