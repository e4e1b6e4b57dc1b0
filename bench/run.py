"""Measures `mantrap run` beside the ways in which MCP servers are started today, for bench/RESULTS.md: from spawn to the first
MCP result, the answer to `initialize`. Started by scripts/bench.

    run.py --mantrap BINARY --tools DIR --servers DIR --results FILE [--runs N]
"""

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import jail
import results
from results import row

INITIALIZE = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
    "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}}) + "\n"
MEMORY_RUNS = 5
# After which a launcher that has nothing to do has given back what it needed to do something.
QUIET_SECONDS = 4
# The targets: milliseconds over the direct start, the share of npx and uvx, megabytes.
OVER_DIRECT_MS, SHARE, LAUNCHER_MB = {"server-everything": 20, "mcp-server-time": 40}, 1 / 3, 6


def main():
    options = parse()
    work = tempfile.mkdtemp(prefix="mantrap-bench-", dir="/var/tmp")
    try:
        bench = Bench(options, work)
        facts = results.machine(*bench.versions())
        times, missing = bench.starts()
        memory = bench.memory()
    finally:
        subprocess.run(["chmod", "-R", "u+w", work], check=False)
        shutil.rmtree(work)
    report = render(options, facts, times, missing, memory)
    results.write(options.results, "Run", report)
    print(report)
    return 0


class Bench:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.home = os.path.join(work, "home")
        os.mkdir(self.home)
        # The registries that this machine is configured for; else nothing of its user.
        keep = re.compile(r"(PATH|LANG|.*_(CERTS?|BUNDLE|FILE|DIR|URL|PROXY|proxy)|PIP_.*|npm_config_.*|UV_.*)$")
        self.environment = {name: value for name, value in os.environ.items() if keep.match(name)}
        self.environment |= {"HOME": self.home, "PATH": "/usr/local/bin:/usr/bin:/bin"}
        nothing = {"network": {"allowedDomains": [], "deniedDomains": []}, "filesystem": {"denyRead": [], "allowWrite": [], "denyWrite": []}}
        with open(os.path.join(self.home, ".srt-settings.json"), "w", encoding="ascii") as file:
            json.dump(nothing, file)
        servers, tools = options.servers, options.tools
        node = os.path.realpath(shutil.which("node", path=self.environment["PATH"]))
        package = os.path.join(servers, "node/node_modules/@modelcontextprotocol/server-everything")
        with open(os.path.join(package, "package.json"), encoding="utf-8") as file:
            self.everything = json.load(file)["version"]
        self.time = self.said([os.path.join(servers, "python/bin/python"), "-c",
                               "from importlib.metadata import version; print(version('mcp-server-time'))"])
        direct = {
            "server-everything": [node, os.path.join(package, "dist/index.js")],
            "mcp-server-time": [os.path.join(servers, "python/bin/mcp-server-time")],
        }
        uvx = os.path.join(tools, "uv/bin/uvx")
        fetched = {
            "server-everything": ("npx -y", ["npx", "-y", f"@modelcontextprotocol/server-everything@{self.everything}"]),
            "mcp-server-time": ("uvx", [uvx, "--python", "/usr/bin/python3", f"mcp-server-time@{self.time}"]),
        }
        sources = {"server-everything": f"npm:@modelcontextprotocol/server-everything@{self.everything}",
                   "mcp-server-time": f"pypi:mcp-server-time@{self.time}"}
        bubblewrap = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-all", "--die-with-parent"]
        self.rows = {}
        for server, command in direct.items():
            self.approve(server, sources[server])
            self.rows[server] = {
                "direct": command,
                "mantrap run": [options.mantrap, "run", server],
                fetched[server][0]: fetched[server][1],
                "bubblewrap": [*bubblewrap, *command],
                "srt": [node, os.path.join(tools, jail.SRT), "--", *command],
            }

    def approve(self, name, source):
        print(f"installing {source}", file=sys.stderr)
        self.said([self.options.mantrap, "add", name, source])
        digest = json.loads(self.said([self.options.mantrap, "show", name, "--format", "json"]))["digest"]
        self.said([self.options.mantrap, "approve", name, "--digest", digest])

    def said(self, command):
        done = subprocess.run(command, env=self.environment, cwd=self.home, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stderr}")
        return done.stdout.strip()

    def versions(self):
        yield f"server-everything {self.everything}"
        yield f"mcp-server-time {self.time}"
        yield "Node " + self.said(["node", "--version"])
        yield "npm " + self.said(["npm", "--version"])
        yield self.said([os.path.join(self.options.tools, "uv/bin/uv"), "--version"]).split(" (")[0]
        yield self.said(["/usr/bin/python3", "--version"])
        yield self.said(["bwrap", "--version"])
        yield self.said([self.options.mantrap, "--version"])

    def starts(self):
        """Milliseconds to the first result: {server: {way: [ms]}}; and the ways that do not work here."""
        missing = {}
        for server, ways in self.rows.items():
            for way in list(ways):
                # Twice: the first fetches and fills every cache.
                took = [self.once(ways[way]) for _ in range(2)]
                if None in took:
                    missing[server, way] = self.complaint
                    del ways[way]
        times = {server: {way: [] for way in ways} for server, ways in self.rows.items()}
        turns = [(server, way) for server, ways in self.rows.items() for way in ways]
        for turn in range(self.options.runs):
            random.shuffle(turns)
            for server, way in turns:
                took = self.once(self.rows[server][way])
                if took is None:
                    sys.exit(f"{server} by {way}: {self.complaint}")
                times[server][way].append(took)
            print(f"round {turn + 1} of {self.options.runs}", file=sys.stderr)
        return times, missing

    def once(self, command):
        with Session(command, self.environment, self.home) as session:
            took = session.first_result()
            self.complaint = session.complaint
            return took

    def memory(self):
        """Megabytes while a session is open: of the launcher, and of all that is mantrap's: {server: [(MB, MB)]}."""
        sizes = {}
        for server, ways in self.rows.items():
            sizes[server] = []
            for _ in range(MEMORY_RUNS):
                with Session(ways["mantrap run"], self.environment, self.home) as session:
                    session.first_result()
                    time.sleep(QUIET_SECONDS)
                    ours = [pid for pid in jail.family(session.process.pid) if jail.name_of(pid).startswith("mantrap")]
                    shares = {pid: jail.share(pid) / 1000 for pid in ours}
                    sizes[server].append((shares[session.process.pid], sum(shares.values())))
        return sizes


class Session:
    def __init__(self, command, environment, home):
        self.complaints = tempfile.TemporaryFile()
        self.complaint = ""
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(command, env=environment, cwd=home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints)

    def first_result(self):
        """Milliseconds from the spawn to the answer, or None."""
        try:
            self.process.stdin.write(INITIALIZE.encode())
            self.process.stdin.flush()
            for line in self.process.stdout:
                try:
                    message = json.loads(line)
                except ValueError:
                    continue
                if message.get("id") == 1 and "result" in message:
                    return (time.perf_counter() - self.begun) * 1000
        except OSError:
            pass
        self.complaints.seek(0)
        self.complaint = (self.complaints.read().decode("utf-8", "replace").strip().splitlines() or ["it says nothing"])[-1]
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.complaints.close()


def render(options, facts, times, missing, memory):
    lines = [
        f"From spawn to the first MCP result, the answer to `initialize`: the median of {options.runs} rounds (in brackets the fastest),",
        "the ways in random order in each. Everything is installed and every cache is warm: npx and uvx have the package, mantrap has",
        "it in its store. mantrap measures the whole tree, checks the approval, makes the intent durable and starts the jail before",
        "the server begins. `bubblewrap` shows the whole file system read-only without a network; `srt` is Anthropic's sandbox-runtime.",
        "", facts, "",
    ]
    ways = list(dict.fromkeys(way for row in times.values() for way in row))
    lines += ["| server | " + " | ".join(ways) + " |", "|---|" + "---:|" * len(ways)]
    for server, row_ in times.items():
        cells = [f"{statistics.median(row_[way]):.0f} ms ({min(row_[way]):.0f})" if way in row_ else "" for way in ways]
        lines.append(f"| {server} | " + " | ".join(cells) + " |")
    for (server, way), why in missing.items():
        lines.append(f"\n{way} does not run {server} here: {why}")
    launcher = max(statistics.median(size for size, _ in sizes) for sizes in memory.values())
    whole = max(statistics.median(size for _, size in sizes) for sizes in memory.values())
    lines += ["", f"Memory of the launcher while a session is open and nothing was said for {QUIET_SECONDS} s: {launcher:.1f} MB; with the jail's first process {whole:.1f} MB.", "",
              "| target | | measured | met |", "|---|---|---|---|"]
    for server, row_ in times.items():
        ours, direct = statistics.median(row_["mantrap run"]), statistics.median(row_["direct"])
        over = OVER_DIRECT_MS[server]
        lines.append(row(f"{server}: over the direct start", f"≤ {over} ms", f"{ours - direct:+.1f} ms", ours - direct <= over))
        for way in ["npx -y", "uvx"]:
            if way in row_:
                share = ours / statistics.median(row_[way])
                lines.append(row(f"{server}: of what {way} takes", "≤ 1/3", f"{share:.2f}", share <= SHARE))
    lines.append(row("memory of the launcher", f"≤ {LAUNCHER_MB} MB", f"{launcher:.1f} MB", launcher <= LAUNCHER_MB))
    return "\n".join(lines) + "\n"


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mantrap", required=True, type=os.path.abspath)
    parser.add_argument("--tools", required=True, type=os.path.abspath)
    parser.add_argument("--servers", required=True, type=os.path.abspath)
    parser.add_argument("--results", required=True)
    parser.add_argument("--runs", type=int, default=25)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
