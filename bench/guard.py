"""Measures what a guard costs a host, for bench/RESULTS.md: requests a second of web hosts, a server of the lock that the host
starts, and refused launches. Started by scripts/bench.

    guard.py --mantrap BINARY --tools DIR --exploits DIR --results FILE [--runs N]

Each host runs raw, raw once more and guarded at the same time, and is asked in turn, in random order. It is started several times:
one start of a host is up to several percent faster than the next, guarded or not, by where its memory comes to lie.
"""

import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import results
from results import row

# The targets of the issue.
SHARE, OVER_RUN_MS, REFUSED = 0.97, 10, 1_000
CONNECTIONS, BURST_MS, WARM_MS, STARTS = 8, 300, 3_000, 5
REFUSALS, REFUSE_RUNS = 5_000, 5
WAYS = ["raw", "guarded"]
# What two raw hosts differ by is what the measurement cannot tell from nothing.
HOSTS = ["raw", "again", "guarded"]

NODE = """
require('http').createServer((ask, answer) => answer.end(ask.url)).listen(Number(process.argv[2]), '127.0.0.1');
"""
JAVA = """
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

public class Echo {
    public static void main(String[] words) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(words[0])), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestURI().toString().getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
"""
LITELLM = "model_list: []\ngeneral_settings:\n  master_key: sk-1234\n"


def main():
    parser = argparse.ArgumentParser()
    for name in ("mantrap", "tools", "exploits", "results"):
        parser.add_argument(f"--{name}", required=True, type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=25)
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="mantrap-guard-", dir="/var/tmp")
    try:
        bench = Bench(options, work)
        facts = results.machine(*bench.versions())
        throughput = bench.throughput()
        starts = bench.starts()
        refusals = bench.refusals()
        bench.said([options.mantrap, "journal", "verify"])
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report = render(options, facts, throughput, bench.missing, starts, refusals)
    results.write(options.results, "Guard", report)
    print(report)
    return 0


class Bench:
    def __init__(self, options, work):
        self.options, self.work = options, work
        os.chmod(work, 0o755)
        self.tool = os.path.join(options.tools, "guard")
        self.missing = {}
        os.mkdir(os.path.join(work, "bin"))
        os.symlink(options.mantrap, os.path.join(work, "bin/mantrap"))
        self.environment = {"HOME": work, "PATH": os.path.join(work, "bin") + ":" + os.environ["PATH"], "LANG": "C.UTF-8",
                            "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True"}
        for name, text in (("echo.js", NODE), ("Echo.java", JAVA), ("config.yaml", LITELLM)):
            with open(os.path.join(work, name), "w", encoding="ascii") as file:
                file.write(text)

    def run(self, command, **rest):
        return subprocess.run(command, env=self.environment, cwd=self.work, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, check=False, timeout=300, **rest)

    def said(self, command):
        done = self.run(command)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stderr}")
        return done.stdout.strip()

    def versions(self):
        yield self.said([self.options.mantrap, "--version"])
        yield "Node " + self.said(["node", "--version"])
        if shutil.which("javac"):
            yield self.said(["javac", "-version"]).replace("javac", "Java")

    def hosts(self):
        """{host: (command for a port, path)}"""
        hosts = {"Node": (lambda port: ["node", "echo.js", str(port)], "/hello")}
        if shutil.which("javac"):
            self.said(["javac", "-d", ".", "Echo.java"])
            # The default heap is a quarter of the machine, and there are two of each host.
            hosts["Java"] = (lambda port: ["java", "-Xmx256m", "-Dsun.net.httpserver.nodelay=true", "-cp", ".", "Echo", str(port)], "/hello")
        else:
            self.missing["Java"] = "there is no JDK here"
        python, litellm = (os.path.join(self.options.exploits, "litellm/bin", name) for name in ("python", "litellm"))
        if os.path.exists(litellm):
            hosts["LiteLLM"] = (lambda port: [python, "-B", litellm, "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)],
                                "/health/liveliness")
        else:
            self.missing["LiteLLM"] = "it is not installed; scripts/exploits does that"
        return hosts

    def approve(self, profile):
        complaint = self.run([self.options.mantrap, "guard", "profile", "approve", profile]).stderr
        digest = re.search(r"sha256:\w+", complaint)
        if digest is None:
            sys.exit(f"{profile}: {complaint}")
        self.said([self.options.mantrap, "guard", "profile", "approve", profile, "--digest", digest[0]])

    @contextlib.contextmanager
    def process(self, command, **rest):
        with open(os.path.join(self.work, "log"), "a", encoding="utf-8") as log:
            process = subprocess.Popen(command, env=self.environment, cwd=self.work, stderr=log, text=True,
                                       **{"stdin": subprocess.DEVNULL, "stdout": log} | rest)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    @contextlib.contextmanager
    def serving(self, command, port):
        with self.process(command) as process:
            deadline = time.monotonic() + 180
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                if process.poll() is not None or time.monotonic() > deadline:
                    with open(os.path.join(self.work, "log"), encoding="utf-8", errors="replace") as log:
                        sys.exit(f"{' '.join(command)} does not serve: {log.read()[-2000:]}")
                time.sleep(0.1)
            yield

    def load(self, port, path, milliseconds):
        return json.loads(self.said([self.tool, "load", str(port), path, str(CONNECTIONS), str(milliseconds)]))

    def throughput(self):
        """{host: [{way: [measurement]} of each start]}"""
        measured = {}
        for name, (command, path) in self.hosts().items():
            ports = {way: free_port() for way in HOSTS}
            profile = os.path.join(self.work, f"{name}.json")
            words = command(ports["guarded"])
            with self.serving([self.options.mantrap, "guard", "learn", "--profile", profile, "--", *words], ports["guarded"]):
                self.load(ports["guarded"], path, 500)
            self.approve(profile)
            commands = {way: command(port) for way, port in ports.items()}
            commands["guarded"] = [self.options.mantrap, "guard", "--profile", profile, "--", *words]
            measured[name] = [self.one_start(commands, ports, path) for _ in range(STARTS)]
            print(f"{name}: {STARTS} starts of {self.options.runs * 3 // STARTS} rounds", file=sys.stderr)
        return measured

    def one_start(self, commands, ports, path):
        found = {way: [] for way in HOSTS}
        with contextlib.ExitStack() as hosts:
            for way in random.sample(HOSTS, len(HOSTS)):
                hosts.enter_context(self.serving(commands[way], ports[way]))
            for way in HOSTS * 2:
                self.load(ports[way], path, WARM_MS // 2)
            for _ in range(self.options.runs * 3 // STARTS):
                for way in random.sample(HOSTS, len(HOSTS)):
                    found[way].append(self.load(ports[way], path, BURST_MS))
        return found

    def starts(self):
        """Milliseconds from the spawn of a server of the lock to its first answer: {way: [ms]}"""
        self.said([self.options.mantrap, "add", "wire", f"bin:{os.path.join(self.options.tools, 'wire')}", "--", "serve"])
        digest = json.loads(self.said([self.options.mantrap, "show", "wire", "--format", "json"]))["digest"]
        self.said([self.options.mantrap, "approve", "wire", "--digest", digest])
        words = [self.tool, "start", "mantrap", "run", "wire"]
        profile = os.path.join(self.work, "starts.json")
        self.said([self.options.mantrap, "guard", "learn", "--profile", profile, "--", *words])
        self.approve(profile)
        times = {way: [] for way in WAYS}
        talks = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with self.process(words, **talks) as raw, self.process([self.options.mantrap, "guard", "--profile", profile, "--", *words], **talks) as guarded:
            hosts = {"raw": raw, "guarded": guarded}
            for turn in range(self.options.runs + 2):
                for way in random.sample(WAYS, 2):
                    hosts[way].stdin.write("\n")
                    hosts[way].stdin.flush()
                    said = hosts[way].stdout.readline()
                    if not said:
                        sys.exit(f"{way}: the server was not started")
                    if turn >= 2:
                        times[way].append(int(said) / 1e6)
        return times

    def refusals(self):
        """[(refused launches a second, of which on record)]"""
        profile = os.path.join(self.work, "refuse.json")
        words = [self.tool, "refuse", str(REFUSALS)]
        # What is learned from is a host that starts nothing.
        self.said([self.options.mantrap, "guard", "learn", "--profile", profile, "--", self.tool, "refuse", "0"])
        with open(profile, encoding="utf-8") as file:
            learned = json.load(file)
        learned["programs"][0]["arguments"] = words
        with open(profile, "w", encoding="utf-8") as file:
            json.dump(learned, file)
        self.approve(profile)
        found = []
        for _ in range(REFUSE_RUNS):
            before = self.on_record()
            took = int(self.said([self.options.mantrap, "guard", "--profile", profile, "--", *words])) / 1e9
            found.append((REFUSALS / took, self.on_record() - before))
        return found

    def on_record(self):
        records = self.said([self.options.mantrap, "journal", "show", "--all", "--format", "json"])
        return sum('"guard-refused"' in line for line in records.splitlines())


def ratios(starts, way, beside, rate):
    """Of each start: the median of what this way did in each round, in shares of what those beside it did."""
    shares = lambda start: (rate(one) / statistics.mean(map(rate, others)) for one, *others in zip(start[way], *(start[each] for each in beside)))
    return [statistics.median(shares(start)) for start in starts]


def spread(shares):
    return f"{statistics.median(shares):.3f} ({min(shares):.3f}–{max(shares):.3f})"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def render(options, facts, throughput, missing, starts, refusals):
    lines = [
        f"A host raw, the same raw again and the same guarded run side by side and are asked in turn over {CONNECTIONS} connections, {BURST_MS / 1000:.1f} s at a time, in random",
        f"order, {options.runs * 3 // STARTS} rounds at each of {STARTS} starts. *guarded / raw* is the median of the starts, of each the median of its rounds, beside both raw ones; *raw / raw* is the same",
        "of the two raw ones, with the farthest starts: what the measurement cannot tell from nothing. *A server of the lock* is the time from a host's `posix_spawn` of `mantrap run` to the server's first",
        f"answer, in the same way. *Refused* are {REFUSALS:,} different launches by `posix_spawn`, one after the other, each with its own record, {REFUSE_RUNS} times.",
        "", facts, "",
        "| host | raw, requests/s | guarded | guarded / raw | raw / raw | median of a request, raw | guarded | p99, raw | guarded |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    rate = lambda one: one["requests"] / one["ns"] * 1e9
    middle = lambda starts, way, of: statistics.median(of(one) for start in starts for one in start[way])
    shares = {}
    for name, found in throughput.items():
        held, control = ratios(found, "guarded", ("raw", "again"), rate), ratios(found, "again", ("raw",), rate)
        shares[name] = statistics.median(held)
        rates = " | ".join(f"{middle(found, way, rate):,.0f}" for way in WAYS)
        spent = [f"{middle(found, way, lambda one, what=what: one[what]) / 1000:,.0f} µs" for what in ("median_ns", "p99_ns") for way in WAYS]
        lines.append(f"| {name} | {rates} | {spread(held)} | {spread(control)} | {' | '.join(spent)} |")
    lines += [f"\n{name} was not measured: {why}" for name, why in missing.items()]
    raw, guarded = (statistics.median(starts[way]) for way in WAYS)
    rates, recorded = [each for each, _ in refusals], [each for _, each in refusals]
    lines += ["", f"A server of the lock: {raw:.1f} ms by `mantrap run`, {guarded:.1f} ms out of a guarded host.", "",
              "| target | | measured | met |", "|---|---|---|---|"]
    lines += [row(f"{name}: guarded / raw", f"≥ {SHARE}", f"{share:.3f}", share >= SHARE) for name, share in shares.items()]
    lines.append(row("a permitted launch over `mantrap run`", f"≤ {OVER_RUN_MS} ms", f"{guarded - raw:+.1f} ms", guarded - raw <= OVER_RUN_MS))
    lines.append(row("refused launches", f"≥ {REFUSED:,}/s", f"{statistics.median(rates):,.0f}/s", statistics.median(rates) >= REFUSED))
    lines.append(row("of which on record", "all", f"{min(recorded):,} of {REFUSALS:,} at least", min(recorded) == REFUSALS))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
