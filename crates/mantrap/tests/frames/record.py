#!/usr/bin/env python3
"""Writes down what real servers and a client say to each other, one message per line: `>` is the client's, `<` the server's.

    record.py SERVERS > recorded.txt      SERVERS is .tools/servers
"""

import json
import pathlib
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(sys.argv[1]).resolve()
SCRATCH = pathlib.Path(tempfile.mkdtemp())
NODE = TOOLS / "node/node_modules/@modelcontextprotocol"
PYTHON = str(TOOLS / "python/bin/python3")
LONGEST = 20_000
SERVERS = {
    "everything": (["node", str(NODE / "server-everything/dist/index.js"), "stdio"], [
        ("echo", {"message": "héllo \U0001f642 \u2028 \\ \"quoted\"\n\ttabbed"}), ("get-sum", {"a": 40, "b": 2.5e-3}),
        ("get-tiny-image", {}), ("get-structured-content", {"location": "Chicago"}), ("get-annotated-message", {"messageType": "error", "includeImage": True}),
        ("get-resource-links", {"count": 3}), ("get-resource-reference", {"resourceType": "Text", "resourceId": 1}),
    ]),
    "time": ([PYTHON, "-m", "mcp_server_time"], [
        ("convert_time", {"source_timezone": "Etc/UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}),
    ]),
    "git": ([PYTHON, "-m", "mcp_server_git"], [("git_status", {"repo_path": str(SCRATCH)})]),
    "go": ([str(TOOLS / "go/server")], [("read", {"path": str(SCRATCH / "a.txt")})]),
    "rust": ([str(TOOLS / "rust/server")], [("read", {"path": str(SCRATCH / "a.txt")})]),
}


def record(name, command, calls):
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              env={"HOME": str(SCRATCH), "PATH": "/usr/bin:/bin:/usr/local/bin"})
    print(f"# {name}")

    def say(message):
        line = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        print(">" + line.replace(str(SCRATCH), "/srv/scratch"))
        server.stdin.write(line + "\n")
        server.stdin.flush()

    def ask(number, method, params):
        say({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        for line in server.stdout:
            line = line.rstrip("\n").replace(str(SCRATCH), "/srv/scratch")
            if len(line) < LONGEST:
                print("<" + line)
            message = json.loads(line)
            if message.get("id") == number and "method" not in message:
                return message
        return {}

    hello = {"protocolVersion": "2025-11-25", "capabilities": {"roots": {}}, "clientInfo": {"name": "recorder", "version": "1"}}
    said = ask(0, "initialize", hello)
    say({"jsonrpc": "2.0", "method": "notifications/initialized"})
    offered = said.get("result", {}).get("capabilities", {})
    number = 0
    lists = [("tools", "tools/list"), ("resources", "resources/list"), ("resources", "resources/templates/list"), ("prompts", "prompts/list")]
    for method in [method for kind, method in lists if kind in offered] + ["ping"]:
        number += 1
        ask(number, method, {})
    for tool, arguments in calls:
        number += 1
        ask(number, "tools/call", {"name": tool, "arguments": arguments, "_meta": {"progressToken": number}})
    server.stdin.close()
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


for name, (command, calls) in SERVERS.items():
    if pathlib.Path(command[0]).is_absolute() and not pathlib.Path(command[0]).exists():
        sys.exit(f"no {name}: {command[0]}")
    record(name, command, calls)
