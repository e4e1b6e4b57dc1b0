from flask import Flask, jsonify, request
from mcp import StdioServerParameters

from .launch import tools

app = Flask(__name__)
SERVERS = {"files": {"command": "/opt/mcp/files", "args": ["--root", "/srv"]}}


@app.route("/tools", methods=["POST"])
def list_tools():
    data = request.get_json()
    return jsonify(tools(data["command"], data.get("args", [])))
