"""Measures what mantrap costs on the wire beside other things that stand between a client and a server of stdio, for
bench/RESULTS.md: the round trip of a call, small messages a second, large results, and memory. Started by scripts/bench.

    wire.py --mantrap BINARY --tools DIR --results FILE [--runs N] [--minutes N]

Client and server are bench/wire.c. The others know stdio only on one side, so two of each stand in a row, HTTP between them: that
is how they are used to put something between a host and a server. Every measurement ends by itself: after so many calls, after so
many seconds, or when nobody answers. mcp-context-protector is in no package registry, so it is not among them.
"""

import argparse
import contextlib
import json
import os
import random
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
MEDIAN_US, P99_US, MESSAGES, GIGABYTES, MEMORY_MB = 40, 200, 200_000, 1.0, 10
# What is measured: calls at most, calls on their way at once, seconds at most, the argument. A million small messages, of which the
# memory is measured too, take seconds; others, of which each takes a hundred times as long, do as many as the seconds allow.
CALLS, MANY, LARGE, LARGE_BYTES, WINDOW = 5_000, 500_000, 300, 3_000_000, 200
WHATS = {"calls": (CALLS, 1, 3, "x"), "many": (MANY, WINDOW, 20, "x"), "large": (LARGE, 2, 4, f"large:{LARGE_BYTES}")}
# Seconds of a measurement of the others, however many calls those are.
OTHERS = 2
WAYS = ["no proxy", "mantrap run", "mcp-proxy", "supergateway"]


def main():
    parser = argparse.ArgumentParser()
    for name in ("mantrap", "tools", "results"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=6, help="no round begins that would not end in time")
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="mantrap-wire-", dir="/var/tmp")
    try:
        bench = Bench(options, work)
        facts = results.machine(*bench.versions())
        measured = bench.measure()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    report = render(bench.rounds, facts, measured, bench.missing)
    results.write(options.results, "Wire", report)
    print(report)
    return 0


class Bench:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.environment = {"HOME": work, "PATH": os.environ["PATH"]}
        self.wire = os.path.join(options.tools, "wire")
        with open(os.path.join(work, "policy.toml"), "w", encoding="ascii") as file:
            # The default policy; only the number of calls in a minute is what a benchmark needs.
            file.write("[limits]\ncalls-per-minute = 1000000000\nserver-messages-per-minute = 1000000000\n")
        settings = os.path.join(work, ".config/mantrap")
        os.makedirs(settings)
        shutil.move(os.path.join(work, "policy.toml"), settings)
        self.said([options.mantrap, "add", "wire", f"bin:{self.wire}", "--", "serve"])
        digest = json.loads(self.said([options.mantrap, "show", "wire", "--format", "json"]))["digest"]
        self.said([options.mantrap, "approve", "wire", "--digest", digest])
        self.missing, self.rounds = {}, 0

    def said(self, command):
        done = subprocess.run(command, env=self.environment, cwd=self.work, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stderr}")
        return done.stdout.strip()

    def versions(self):
        yield self.said([self.options.mantrap, "--version"])
        yield "mcp-proxy " + self.said([self.tool("mcp-proxy/bin/mcp-proxy"), "--version"]).split()[-1]
        yield "supergateway " + self.said([self.tool("supergateway/node_modules/.bin/supergateway"), "--version"])
        yield "Node " + self.said(["node", "--version"])

    def tool(self, path):
        return os.path.join(self.options.tools, path)

    @contextlib.contextmanager
    def way(self, name):
        """The command that a client starts, with whatever has to run beside it."""
        serve = [self.wire, "serve"]
        if name == "no proxy":
            yield serve
        elif name == "mantrap run":
            yield [self.options.mantrap, "run", "wire"]
        else:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            address = f"http://127.0.0.1:{port}"
            if name == "mcp-proxy":
                program = self.tool("mcp-proxy/bin/mcp-proxy")
                far = [program, "--port", str(port), "--log-level", "ERROR", "--", *serve]
                near = [program, "--log-level", "ERROR", "--transport", "streamablehttp", f"{address}/mcp"]
            else:
                program = self.tool("supergateway/node_modules/.bin/supergateway")
                kind = ["--outputTransport", "streamableHttp", "--stateful", "--logLevel", "none", "--port", str(port)]
                far = [program, "--stdio", " ".join(serve), *kind]
                near = [program, "--streamableHttp", f"{address}/mcp", "--logLevel", "none"]
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            with subprocess.Popen(far, env=self.environment, cwd=self.work, start_new_session=True, **quiet) as beside:
                try:
                    deadline = time.monotonic() + 20
                    while time.monotonic() < deadline and beside.poll() is None:
                        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                            break
                        time.sleep(0.05)
                    yield near
                finally:
                    end(beside)

    def drive(self, name, count, window, seconds, argument):
        if name not in ("no proxy", "mantrap run"):
            seconds = min(seconds, OTHERS)
        with self.way(name) as command:
            words = [self.wire, "drive", str(count), str(window), str(seconds), argument, *command]
            pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            with subprocess.Popen(words, env=self.environment, cwd=self.work, start_new_session=True, **pipes) as driver:
                try:
                    # It ends by itself sooner; what it started may hold its streams open.
                    out, complaints = driver.communicate(timeout=seconds + 40)
                except subprocess.TimeoutExpired:
                    return None, "no end"
                finally:
                    end(driver)
            if driver.returncode == -signal.SIGALRM:
                return None, f"no answer within {seconds} s and 20 more"
            if driver.returncode != 0:
                return None, (complaints.strip().splitlines() or [f"exit code {driver.returncode}"])[-1]
            return json.loads(out), None

    def measure(self):
        """{way: {what: [measurement]}}, the ways in random order in each round."""
        measured = {way: {what: [] for what in WHATS} for way in WAYS}
        began, longest = time.monotonic(), 0
        for turn in range(self.options.runs):
            start = time.monotonic()
            if turn > 0 and start - began + longest > self.options.minutes * 60:
                say(f"no time for more than {turn} rounds")
                break
            for what, arguments in WHATS.items():
                for way in random.sample(WAYS, len(WAYS)):
                    if (way, what) in self.missing:
                        continue
                    found, complaint = self.drive(way, *arguments)
                    if found is None or found["refused"]:
                        self.missing[way, what] = complaint or f"{found['refused']} calls were refused"
                        say(f"round {turn + 1}, {what}, {way}: {self.missing[way, what]}")
                        continue
                    measured[way][what].append(found)
                    each, seconds = found["median_ns"] / 1000, found["ns"] / 1e9
                    say(f"round {turn + 1}, {what}, {way}: {found['count']:,} calls in {seconds:.1f} s, median {each:,.0f} µs")
            self.rounds, longest = turn + 1, max(longest, time.monotonic() - start)
        return measured


def say(text):
    print(text, file=sys.stderr, flush=True)


def end(process):
    """Ends a process that leads a session of its own, with everything in it."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(3)


def middle(found, of):
    return statistics.median(of(one) for one in found) if found else None


def render(rounds, facts, measured, missing):
    lines = [
        f"Client and server are small C programs, and stand on the same machine. The median of {rounds} rounds, the ways in random order in each.",
        f"A call and its result are two messages of about 100 bytes; {WINDOW} calls are on their way at once for *messages*, two results of",
        f"{LARGE_BYTES // 1_000_000} MB of text for *large*. mantrap runs its default policy with all rules about text. Others know stdio on one side only: two of",
        "each in a row, HTTP between them. *Of one core* is by processor time of the launcher alone, with nothing of client and server in it.",
        "Memory is what is resident of the process; of that, *own* is its data, and the rest pages of its program, which the kernel maps by",
        "the dozen around each one in use and which all of its processes share. mcp-context-protector is in no package registry and was not measured.",
        "", facts, "",
        "| | round trip, median | p99 | messages/s | large results | memory after 1/10 | at the end | own |",
        "|---|---|---|---|---|---|---|---|",
    ]
    show = lambda value, text: "-" if value is None else text.format(value)
    for way, of in measured.items():
        median = middle(of["calls"], lambda one: one["median_ns"] / 1000)
        p99 = middle(of["calls"], lambda one: one["p99_ns"] / 1000)
        rate = middle(of["many"], lambda one: 2 * one["count"] / one["ns"] * 1e9)
        large = middle(of["large"], lambda one: one["bytes"] / one["ns"])
        early = middle(of["many"], lambda one: one["early_kb"] / 1000)
        late = middle(of["many"], lambda one: one["late_kb"] / 1000)
        own = middle(of["many"], lambda one: one["own_kb"] / 1000)
        memory = [show(held, "{:.1f} MB") if way != "no proxy" else "" for held in (early, late, own)]
        lines.append(f"| {way} | {show(median, '{:.0f} µs')} | {show(p99, '{:.0f} µs')} | {show(rate, '{:,.0f}')} | {show(large, '{:.2f} GB/s')} | {' | '.join(memory)} |")
    lines += ["", *(f"- {way}, {what}: {why}" for (way, what), why in missing.items()), ""]
    direct, ours = measured["no proxy"], measured["mantrap run"]
    if all(direct.values()) and all(ours.values()):
        added = middle(ours["calls"], lambda one: one["median_ns"]) - middle(direct["calls"], lambda one: one["median_ns"])
        tail = middle(ours["calls"], lambda one: one["p99_ns"]) - middle(direct["calls"], lambda one: one["p99_ns"])
        busy = middle(ours["many"], lambda one: 2 * one["count"] / max(one["cpu_us"], 1) * 1e6)
        large = middle(ours["large"], lambda one: one["bytes"] / max(one["cpu_us"], 1) / 1000)
        early, late = (middle(ours["many"], lambda one, at=at: one[at] / 1000) for at in ("early_kb", "late_kb"))
        lines += [
            "| target | | measured | met |", "|---|---|---|---|",
            row("added to a round trip, median", f"{MEDIAN_US} µs", f"{added / 1000:.0f} µs", added <= MEDIAN_US * 1000),
            row("added to a round trip, p99", f"{P99_US} µs", f"{tail / 1000:.0f} µs", tail <= P99_US * 1000),
            row("small messages, of one core", f"{MESSAGES:,}/s", f"{busy:,.0f}/s", busy >= MESSAGES),
            row("large results, of one core", f"{GIGABYTES:.0f} GB/s", f"{large:.2f} GB/s", large >= GIGABYTES),
            row(f"memory over {2 * MANY:,} messages", f"{MEMORY_MB} MB and flat", f"{early:.1f} to {late:.1f} MB", max(early, late) <= MEMORY_MB and late - early <= 0.5),
        ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
