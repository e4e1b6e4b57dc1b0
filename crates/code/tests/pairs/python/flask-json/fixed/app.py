from flask import Flask, jsonify, request
from mcp import StdioServerParameters

from .launch import tools

app = Flask(__name__)
SERVERS = {"files": {"command": "/opt/mcp/files", "args": ["--root", "/srv"]}}


@app.route("/tools", methods=["POST"])
def list_tools():
    data = request.get_json()
    server = SERVERS[data["name"]]
    return jsonify(tools(server["command"], server["args"]))
