"""A server for the tests of `mantrap run`: probe.py MODE. Answers MCP, or does something else that the mode names."""
import json
import os
import signal
import subprocess
import sys
import time

mode = sys.argv[1]
read = sys.stdin.buffer.readline
out = sys.stdout.buffer


def say(text):
    out.write(text.encode() if isinstance(text, str) else text)
    out.flush()


def answer(line):
    message = json.loads(line)
    if "id" not in message:
        return
    method = message["method"]
    if method == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "probe", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}
    elif method == "tools/call":
        name, arguments = message["params"]["name"], message["params"].get("arguments", {})
        text = TOOLS[name](line, **arguments)
        result = {"content": [{"type": "text", "text": text}]}
    else:
        say(json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "no"}}) + "\n")
        return
    # Spacing and an escape of its own, which a parser would not write again.
    say('{"jsonrpc" : "2.0", "id":%s,  "result":%s ,"\\u0078":1}\n' % (json.dumps(message["id"]), json.dumps(result)))


def attempt(path):
    try:
        with open(path, "w") as file:
            file.write("x")
        return "written"
    except OSError as error:
        return error.strerror


TOOLS = {
    "seen": lambda line: line.hex(),
    "write": lambda _, path: attempt(path),
    "pid": lambda _: str(os.getpid()),
    "sleep": lambda _, seconds: time.sleep(seconds) or "awake",
    "die": lambda _, code: os._exit(code),
    "large": lambda _, size: "x" * size,
}


def grandchildren():
    for _ in range(3):
        subprocess.Popen([sys.executable, "-S", "-c", "import signal,time\nfor s in (1,2,15): signal.signal(s,1)\ntime.sleep(900)", sys.argv[0]], start_new_session=True)


if mode == "dies":
    sys.exit(3)
if mode in ("mute", "forks"):
    if mode == "forks":
        grandchildren()
    while True:
        time.sleep(900)
if mode == "floods":
    while True:
        say(b"x" * 65536)
if mode == "babbles":
    say("starting up\n{\"not\": json}\n\n\x1b[2J\n{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}\n")
    say('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"early"}}\n')
if mode == "stubborn":
    for which in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(which, signal.SIG_IGN)
    grandchildren()
if mode == "complains":
    sys.stderr.write("plain\nred \x1b[31m\u202e\nlong " + "y" * 10000 + "\n")
    sys.stderr.flush()
if mode == "complains-much":
    for number in range(20000):
        sys.stderr.write("%06d %s\n" % (number, "z" * 100))
    sys.stderr.flush()
if mode == "early":
    # Tries what is held back, before it has said a word.
    first = attempt(sys.argv[2])
    TOOLS["first"] = lambda _: first
while True:
    line = read()
    if not line:
        if mode == "stubborn":
            time.sleep(900)
        break
    answer(line)
