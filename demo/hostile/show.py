#!/usr/bin/env python3
"""Runs the hostile server raw and then jailed, shows what it got, and checks every word that it shows.

show.py [--raw] MANTRAP; `--raw` stops after the first half. Exit status 1 when a claim does not hold. Everything is in
a temporary home and on loopback, and gone at the end."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

# The system's own interpreter where there is one: it is in every jail, and one in somebody's home is not.
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
HERE = os.path.dirname(os.path.abspath(__file__))
# What is tried, and what in a report names it, with `{…}` filled in.
TRICKS = (
    ("read the SSH key", "{home}/.ssh/id_ed25519"),
    ("read the cloud credential", "{home}/.aws/credentials"),
    ("read another process's environment", "/proc/{victim}/environ"),
    ("write to the shell profile", "{home}/.bashrc"),
    ("plant a git hook", "{project}/.git/hooks/post-checkout"),
    ("call a beacon", "127.0.0.1:{beacon}"),
    ("send a secret in a DNS question", "exfil.example"),
    ("talk to the container socket", "{socket}"),
    ("run a program that it dropped", "{home}/.cache-update"),
    ("trace another process", "ptrace"),
)


class Stage:
    """A home with things worth stealing, and the listeners that a thief would call."""

    def __init__(self):
        self.root = tempfile.mkdtemp(prefix="mantrap-hostile-")
        self.home, self.project = f"{self.root}/home", f"{self.root}/project"
        for path, text in (("home/.ssh/id_ed25519", "DEMO KEY, not a real one\n"),
                           ("home/.aws/credentials", "[default]\naws_secret_access_key = not-a-real-one\n"),
                           ("home/.bashrc", ""), ("project/.git/hooks/.keep", ""), ("run/.keep", "")):
            os.makedirs(os.path.dirname(f"{self.root}/{path}"), exist_ok=True)
            with open(f"{self.root}/{path}", "w", encoding="utf-8") as file:
                file.write(text)
        self.socket = f"{self.root}/run/docker.sock"
        self.heard = {"beacon": 0, "dns": 0, "docker": 0}
        self.listeners = []
        self.beacon = self.listen("beacon", socket.AF_INET, ("127.0.0.1", 0), b"ok")
        self.listen("docker", socket.AF_UNIX, self.socket, b"HTTP/1.0 200 OK\r\n\r\n[]")
        self.asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.asked.bind(("127.0.0.1", 0))
        self.dns = self.asked.getsockname()[1]
        threading.Thread(target=self.resolve, daemon=True).start()
        # Another process of the same user, with a token in its environment. It permits any tracer (PR_SET_PTRACER), so
        # that where Yama lets nobody else be traced the demo shows the same.
        victim = "import ctypes, sys; ctypes.CDLL(None).prctl(0x59616d61, ctypes.c_ulong(-1)); " \
                 "print(flush=True); sys.stdin.read()"
        self.victim = subprocess.Popen([PYTHON, "-c", victim], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       env={"DEMO_TOKEN": "not-a-real-one"})
        self.victim.stdout.readline()

    def listen(self, name, family, address, reply):
        listener = socket.socket(family)
        listener.bind(address)
        listener.listen()
        self.listeners.append(listener)

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    self.heard[name] += 1
                    try:
                        connection.settimeout(2)
                        connection.recv(512)
                        connection.sendall(reply)
                    except OSError:
                        pass

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1] if family == socket.AF_INET else None

    def resolve(self):
        while True:
            try:
                question, asker = self.asked.recvfrom(512)
            except OSError:
                return
            self.heard["dns"] += 1
            self.asked.sendto(question[:2] + b"\x81\x80" + question[4:], asker)

    def environment(self, ports):
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.home, "DEMO_PROJECT": self.project,
                "DEMO_VICTIM": str(self.victim.pid), "DEMO_BEACON": str(self.beacon), "DEMO_DNS": ports,
                "DEMO_SOCKET": self.socket}

    def names(self, text):
        return text.format(home=self.home, project=self.project, victim=self.victim.pid, beacon=self.beacon,
                           socket=self.socket)

    def traces(self):
        """The numbers of the tricks that left a trace outside, seen by the demo and not told by the server."""
        found = set()
        with open(f"{self.home}/.bashrc", encoding="utf-8") as file:
            found |= {4} if file.read() else set()
        found |= {5} if os.path.exists(f"{self.project}/.git/hooks/post-checkout") else set()
        found |= {6} if self.heard["beacon"] else set()
        found |= {7} if self.heard["dns"] else set()
        found |= {8} if self.heard["docker"] else set()
        found |= {9} if os.path.exists(f"{self.home}/.cache-update") else set()
        return found

    def close(self):
        self.victim.stdin.close()
        self.victim.stdout.close()
        self.victim.wait(timeout=5)
        for listener in (*self.listeners, self.asked):
            listener.close()
        shutil.rmtree(self.root, ignore_errors=True)


def session(command, environment):
    """One short session as a client has it: what the tool said, and which tricks the server says it got."""
    asked = [("initialize", {"protocolVersion": "2025-06-18", "capabilities": {},
                             "clientInfo": {"name": "demo", "version": "0"}}),
             ("tools/list", {}), ("tools/call", {"name": "weather", "arguments": {}})]
    lines = [json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
             for number, (method, params) in enumerate(asked, 1)]
    done = subprocess.run(command, input="\n".join(lines) + "\n", env=environment, capture_output=True, text=True,
                          timeout=60, check=False)
    said = ""
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message.get("id") == len(asked):
            said = message["result"]["content"][0]["text"]
    got = {int(line.split()[1]) for line in done.stderr.splitlines() if line.startswith("got ")}
    return said, got, done.stderr


def raw(stage):
    said, got, complaints = session([PYTHON, f"{HERE}/server.py"], stage.environment(str(stage.dns)))
    print(f"$ python3 demo/hostile/server.py        the tool says: {said}\n")
    for number, (trick, _) in enumerate(TRICKS, 1):
        print(f"  {'✗' if number in got else '·'} {number:>2}  {trick}" + ("" if number in got else "   (not possible here)"))
    held = said == "sunny, 21 °C" and len(got) == len(TRICKS) and stage.traces() == {4, 5, 6, 7, 8, 9}
    print(f"\n  {len(got)} of {len(TRICKS)} worked, and the client saw nothing but the weather")
    return held or print(complaints, file=sys.stderr)


def jailed(stage, mantrap):
    report = f"{stage.root}/report.json"
    # What a weather server needs. The name leads nowhere, and is not asked for.
    grants = ["--read", HERE, "--read", stage.project, "--net", "api.weather.example:443"]
    if not PYTHON.startswith("/usr/"):
        grants += ["--exec", sys.base_prefix]
    for name in ("DEMO_PROJECT", "DEMO_VICTIM", "DEMO_BEACON", "DEMO_DNS", "DEMO_SOCKET"):
        grants += ["--env", name]
    command = [mantrap, "jail", *grants, "--report", report, "--", PYTHON, f"{HERE}/server.py"]
    said, got, complaints = session(command, stage.environment(f"{stage.dns} 53"))
    if not os.path.exists(report):
        return print(f"no report was written\n{complaints}", file=sys.stderr)
    with open(report, encoding="utf-8") as file:
        attempts = json.load(file)["attempts"]
    print(f"\n$ mantrap jail --read project --read demo/hostile --net api.weather.example:443 -- python3 demo/hostile/server.py        the tool says: {said}\n")
    named = 0
    for number, (trick, words) in enumerate(TRICKS, 1):
        want = stage.names(words)
        found = next((one for one in attempts if want in f"{one['target']} {one['through']}"), None)
        named += found is not None
        line = f"{found['act']} {found['target']}: {found['reason']}" if found else "NOT IN THE REPORT"
        print(f"  {'✗' if number in got else '✓'} {number:>2}  {trick:<36}{line.replace(stage.root, '~')}")
    traces = stage.traces()
    held = said == "sunny, 21 °C" and not got and not traces and named == len(TRICKS)
    print(f"\n  {len(got)} of {len(TRICKS)} worked, {len(traces)} left a trace, {named} are named in the report")
    return held or print(complaints, file=sys.stderr)


def main():
    only_raw = "--raw" in sys.argv
    held = True
    for half in (raw, jailed)[: 1 if only_raw else 2]:
        stage = Stage()  # a fresh one each, so that nothing of the first run can look like the second's
        try:
            held = bool(half(stage) if half is raw else half(stage, sys.argv[-1])) and held
        finally:
            stage.close()
    if not held:
        print("\nthe demo does not hold", file=sys.stderr)
    return 0 if held else 1


sys.exit(main())
