"""Measures the journal beside what else would make a record durable, for bench/RESULTS.md. Started by scripts/bench.

    journal.py --measure PROGRAM --results FILE [--rounds N] [--records N]

PROGRAM is crates/journal/examples/measure.rs. Everything writes the same bytes to the same disk, in turns.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import results
from results import row

SECONDS = 3
THREADS = 64
# The targets.
DURABLE, VERIFY_RECORDS, VERIFY_SECONDS = 10_000, 1_000_000, 2.0


def main():
    options = parse()
    facts = results.machine(f"SQLite {sqlite3.sqlite_version}", f"Python {sys.version.split()[0]}")
    # Not below /tmp, which may be in memory.
    work = tempfile.mkdtemp(prefix="mantrap-bench-", dir="/var/tmp")
    try:
        size = measure(options, "append", work, "size", 1, 1)["bytes"]
        record = b"x" * size
        ways = {
            f"the journal, {THREADS} threads": lambda at: measure(options, "append", work, at, THREADS, SECONDS),
            "the journal, one thread": lambda at: measure(options, "append", work, at, 1, SECONDS),
            "a file, flushed after each line": lambda at: flushed(os.path.join(work, at), record),
            "SQLite, WAL, synchronous=FULL, one insert each": lambda at: sqlite(os.path.join(work, at), record, 1),
            f"the same, {THREADS} threads": lambda at: sqlite(os.path.join(work, at), record, THREADS),
        }
        rates = {name: [] for name in ways}
        tails = {name: [] for name in ways}
        for turn in range(options.rounds):
            for number, (name, way) in enumerate(ways.items()):
                found = way(f"{turn}-{number}")
                rates[name].append(found["per_second"])
                tails[name].append((found["p50_ms"], found["p99_ms"]))
        measure(options, "fill", work, "million", options.records)
        times = [measure(options, "verify", work, "million")["seconds"] for _ in range(options.rounds)]
    finally:
        shutil.rmtree(work)
    report = render(options, facts, size, rates, tails, times)
    results.write(options.results, "Journal", report)
    print(report)
    return 0


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--measure", required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--records", type=int, default=VERIFY_RECORDS)
    return parser.parse_args()


def measure(options, act, work, at, *numbers):
    command = [options.measure, act, os.path.join(work, at), *map(str, numbers)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=1800).stdout)


def timed(act, until):
    """Repeats `act` and gives what measure.rs gives."""
    latencies = []
    while time.monotonic() < until:
        begin = time.perf_counter()
        act()
        latencies.append((time.perf_counter() - begin) * 1000)
    return latencies


def account(latencies, seconds):
    latencies.sort()
    at = lambda share: latencies[(len(latencies) - 1) * share // 100]
    return {"per_second": len(latencies) / seconds, "p50_ms": at(50), "p99_ms": at(99)}


def flushed(path, record):
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def act():
        os.write(file, record)
        os.fdatasync(file)

    begin = time.monotonic()
    latencies = timed(act, begin + SECONDS)
    os.close(file)
    return account(latencies, time.monotonic() - begin)


def sqlite(path, record, threads):
    def connect():
        connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        connection.execute("pragma synchronous=full")
        return connection

    first = connect()
    first.execute("pragma journal_mode=wal")
    first.execute("create table record (id integer primary key, bytes blob)")
    latencies = []
    begin = time.monotonic()

    def work():
        connection = connect()
        own = timed(lambda: connection.execute("insert into record (bytes) values (?)", (record,)), begin + SECONDS)
        latencies.extend(own)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    first.close()
    return account(latencies, time.monotonic() - begin)


def render(options, facts, size, rates, tails, times):
    median = statistics.median
    names = list(rates)
    naive = median(rates["a file, flushed after each line"])
    lines = [
        f"Intents of {size} bytes, each durable before the next of its thread. All in turns on one disk, {options.rounds} rounds of"
        f" {SECONDS} s each; medians.",
        "",
        facts,
        "",
        "| way | durable records a second | least to most | beside a flushed file | p50, ms | p99, ms |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name in names:
        each = rates[name]
        p50, p99 = (median(values) for values in zip(*tails[name]))
        lines.append(
            f"| {name} | {median(each):,.0f} | {min(each):,.0f} to {max(each):,.0f} | {median(each) / naive:.1f}× | {p50:.2f} | {p99:.1f} |"
        )
    rate, seconds = median(rates[names[0]]), median(times)
    lines += [
        "",
        "## Against the targets",
        "",
        "| what | target | measured | met |",
        "|---|---|---|---|",
        row(f"durable intents, {THREADS} threads", f"≥ {DURABLE:,} a second", f"{rate:,.0f} a second", rate >= DURABLE),
        row(
            f"verify {options.records:,} records",
            f"≤ {VERIFY_SECONDS:.0f} s",
            f"{seconds:.2f} s ({min(times):.2f} to {max(times):.2f})",
            seconds <= VERIFY_SECONDS,
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
