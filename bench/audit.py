"""Measures `mantrap audit` beside other scanners, for bench/RESULTS.md. Started by scripts/bench, inside a jail without
network; every scanner sees a copy of the fixtures as its home and nothing else is its business.

    audit.py --mantrap BINARY --tools DIR --stopwatch BINARY --clients DIR --results FILE [--files N] [--cold SECONDS]
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

import fixtures
import results
from results import row

WARM_UPS, RUNS = 2, 5
# A scanner that needs longer than this for one run is measured once more and no further: minutes say enough.
PATIENCE_MS = 10_000
HOME_MS, HOME_MIB, HOME_RATIO, REPOSITORY_MS, BINARY_BYTES = 30, 25, 50, 300, 25_000_000


def main():
    options = parse()
    facts = results.machine(f"Python {platform.python_version()}", options.node, options.rustc)
    work = tempfile.mkdtemp(prefix="mantrap-bench-")
    try:
        home, repository = os.path.join(work, "home"), os.path.join(work, "repository")
        os.mkdir(home)
        clients, files = fixtures.home(options.clients, home)
        harmless = os.path.join(work, "harmless")
        fixtures.harmless(home, harmless)
        fixtures.repository(repository, options.files)
        homes = compare(work, options, home, tools(options, "home", home, work), harmless)
        repositories = compare(work, options, home, tools(options, "repository", repository, work), harmless)
    finally:
        shutil.rmtree(work)
    report = render(options, facts, clients, files, homes, repositories)
    results.write(options.results, "Audit", report)
    print(report)
    return 0


# Scanners that start what they find: they see the home in which every command is `/bin/false`.
STARTS_SERVERS = {"cisco-ai-mcp-scanner"}


def tools(options, case, target, work):
    """(name, version, arguments) of every scanner for one case; the binaries of those that are installed."""
    def tool(*parts):
        return os.path.join(options.tools, *parts)

    node = tool("mcp-scan", "node_modules", ".bin", "mcp-scan")
    audit, kit = tool("mcp-audit-scanner", "bin", "mcp-audit"), tool("agent-audit-kit", "bin", "agent-audit-kit")
    cli = tool("mcpscan-cli", "bin", "mcpscan")
    snyk = tool("snyk-agent-scan", "bin", "snyk-agent-scan")
    cisco = tool("cisco-ai-mcp-scanner", "bin", "mcp-scanner")
    rows = {
        "home": [
            ("mantrap", [options.mantrap, "audit", "--home", target, "--format", "json"]),
            ("mcp-audit-scanner", [audit, "scan", "--offline", "--offline-registry", "--json"]),
            ("agent-audit-kit", [kit, "scan", target, "--include-user-config", "--format", "json"]),
            ("mcp-scan", [node, "scan", "--offline", "--json"]),
            ("mcpscan-cli", [cli, "--discover", "--json"]),
            # Only `inspect` works without an account; nothing is started without its own `--dangerously…` flag.
            ("snyk-agent-scan", [snyk, "inspect", "--json", "--storage-file", os.path.join(work, "snyk.json")]),
            # Its other analysers ask a service.
            ("cisco-ai-mcp-scanner", [cisco, "--analyzers", "yara", "--format", "raw", "known-configs"]),
        ],
        "repository": [
            ("mantrap", [options.mantrap, "audit", target, "--format", "json"]),
            ("mcp-audit-scanner", [audit, "scan", "--offline", "--offline-registry", "--path", target, "--json"]),
            ("agent-audit-kit", [kit, "scan", target, "--format", "json"]),
            ("mcpscan-cli", [cli, target, "--json"]),
        ],
    }[case]
    return [(name, arguments) for name, arguments in rows if os.path.exists(arguments[0])]


def compare(work, options, home, rows, harmless):
    """Median wall time (ms) and peak memory (MiB) of every scanner. In rounds, so that a busy moment hits them all."""
    runs = {name: [] for name, _ in rows}
    for turn in range(WARM_UPS + RUNS):
        for name, arguments in rows:
            if any(run["ms"] > PATIENCE_MS for run in runs[name][1:]):
                continue
            its_home = harmless if name in STARTS_SERVERS else home
            runs[name].append(once(work, options, its_home, name, arguments))
    medians = []
    for name, _ in rows:
        warm = runs[name][WARM_UPS:] or runs[name][1:]
        times = [run["ms"] for run in warm]
        medians.append({
            **warm[-1], "name": name, "ms": statistics.median(times), "least": min(times), "most": max(times),
            "mib": statistics.median(run["mib"] for run in warm), "runs": len(warm),
        })
        print(f"{name}: {medians[-1]['ms']:.1f} ms, {medians[-1]['mib']:.1f} MiB", file=sys.stderr)
    return medians


def once(work, options, home, name, arguments):
    record, said = os.path.join(work, "record"), os.path.join(work, "said")
    # What the shebang of a tool needs is found in PATH; everything else of the caller's environment stays outside.
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": work, "NO_COLOR": "1"}
    with open(said, "wb") as output:
        subprocess.run(
            [options.stopwatch, record, *arguments],
            check=True, env=environment, cwd=home, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.DEVNULL, timeout=900,
        )
    with open(record, encoding="ascii") as file:
        micros, kib, code = map(int, file.read().split())
    if name == "mantrap" and code in (2, 3):
        sys.exit(f"mantrap ended with {code} and looked at nothing: there is nothing to compare")
    return {"ms": micros / 1000, "mib": kib / 1024, "code": code, "bytes": os.path.getsize(said)}


def render(options, facts, clients, files, homes, repositories):
    versions = dict(word.split("=", 1) for word in options.version)
    size = os.path.getsize(options.mantrap)
    ours, others = homes[0], homes[1:]
    repository = repositories[0]
    ratios = sorted(((tool["ms"] / ours["ms"], tool["name"]) for tool in others), reverse=True)
    beaten = sum(ratio >= HOME_RATIO for ratio, _ in ratios)
    lines = [
        "All scanners ran in one go, on the same files, in a user and network namespace without any network, with a copy of the fixtures as their home, each with its own JSON output and",
        f"offline switches. Median of {RUNS} runs after {WARM_UPS} warm-ups (one after one, where a run takes over {PATIENCE_MS // 1000} s);",
        "memory is the peak resident set; the ratio is against mantrap. Where a scanner writes next to nothing, it knows no file\n"
        "of that case. What each scanner looks at differs: this compares the wait, not the findings.",
        "cisco-ai-mcp-scanner starts the servers that it finds, so its home is a copy in which every command is `/bin/false`",
        "(a real server would take longer to answer than that to fail); snyk-agent-scan runs its `inspect`, the only mode without",
        "an account, which starts nothing.",
        "",
        facts,
        "",
        f"## A home with the files of {clients} clients ({files} files)",
        "",
        *table(homes, versions),
        "",
        f"## A repository of {options.files:,} files",
        "",
        *table(repositories, versions),
        "",
        "## Against the targets",
        "",
        "| what | target | measured | met |",
        "|---|---|---|---|",
        row("that home, time", f"≤ {HOME_MS} ms", f"{ours['ms']:.1f} ms", ours["ms"] <= HOME_MS),
        row("that home, peak memory", f"≤ {HOME_MIB} MiB", f"{ours['mib']:.1f} MiB", ours["mib"] <= HOME_MIB),
        row(
            "that home, beside the others", f"≥ {HOME_RATIO}× faster than at least two",
            ", ".join(f"{name} {ratio:.0f}×" for ratio, name in ratios), beaten >= 2,
        ),
        row("that repository, time", f"≤ {REPOSITORY_MS} ms", f"{repository['ms']:.1f} ms", repository["ms"] <= REPOSITORY_MS),
        row("stripped binary", f"≤ {BINARY_BYTES:,} bytes", f"{size:,} bytes", size <= BINARY_BYTES),
    ]
    if options.cold is not None:
        lines.append(row("cold release build", "≤ 720 s", f"{options.cold} s", options.cold <= 720))
    return "\n".join(lines) + "\n"


def table(scanners, versions):
    ours = scanners[0]
    yield "| scanner | runs | time, ms | least to most | ratio | peak, MiB | ratio | exit code | output, bytes |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for tool in scanners:
        yield (
            f"| {tool['name']} {versions.get(tool['name'], '')} | {tool['runs']} | {tool['ms']:.1f} | {tool['least']:.1f} to {tool['most']:.1f} "
            f"| {tool['ms'] / ours['ms']:.1f}× | {tool['mib']:.1f} | {tool['mib'] / ours['mib']:.1f}× | {tool['code']} "
            f"| {tool['bytes']:,} |"
        )


def parse():
    parser = argparse.ArgumentParser()
    for name in ["mantrap", "tools", "stopwatch", "clients", "results", "node", "rustc"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--version", action="append", default=[], help="NAME=VERSION of a scanner")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--cold", type=int, help="seconds of a cold build, when one was made")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
