"""Measures how `mantrap audit` reads source code, beside Semgrep with rules about MCP and a scanner of MCP servers, for
bench/RESULTS.md. Started by scripts/bench, inside a jail without network.

    code.py --mantrap BINARY --tools DIR --stopwatch BINARY --tree DIR --results FILE [--runs N] [--version NAME=VERSION]...

The tree is LiteLLM 1.83.0 as published. The second run comes after one file was changed, with the folder of `--cache` that
the run before filled.
"""

import argparse
import glob
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

import results
from results import row

WARM_UPS = 1
# Who needs longer than this for one run is measured once: minutes say enough.
PATIENCE_MS, LIMIT_S = 30_000, 1_800
WHOLE_MS, WHOLE_MIB, AGAIN_MS, RATIO = 3_000, 500, 300, 20
CHANGED = os.path.join("litellm", "proxy", "_experimental", "mcp_server", "rest_endpoints.py")


def main():
    options = parse()
    facts = results.machine(f"Python {platform.python_version()}", *options.machine)
    work = tempfile.mkdtemp(prefix="mantrap-bench-")
    try:
        tree = os.path.join(work, "tree")
        shutil.copytree(options.tree, tree)
        # Semgrep leaves out folders of tests, unless it is told what to leave out.
        open(os.path.join(tree, ".semgrepignore"), "w", encoding="ascii").close()
        home = os.path.join(work, "home")
        os.mkdir(home)
        size = measured(tree)
        scanners = [compare(work, options, home, name, arguments) for name, arguments in tools(options, tree)]
        again = changed(work, options, home, tree)
    finally:
        shutil.rmtree(work)
    report = render(options, facts, size, scanners, again)
    results.write(options.results, "Code", report)
    print(report)
    return 0


def tools(options, tree):
    """(name, arguments) of every one that is installed, mantrap first."""
    def python(package, script):
        # Not by the script's first line: it holds the folder in which the package was installed.
        root = os.path.join(options.tools, package, "bin")
        return [os.path.join(root, "python3"), os.path.join(root, script)]

    rules = glob.glob(os.path.join(options.tools, "redteam-mcp", "lib", "python3*", "site-packages", "mcp_redteam", "rules"))
    rows = [("mantrap", [options.mantrap, "audit", tree, "--format", "json"])]
    if rules:
        config = [part for folder in sorted(rules) for part in ("--config", folder)]
        semgrep = os.path.join(options.tools, "redteam-mcp", "bin", "semgrep")
        # Nothing is asked of a server, and files are read up to the size that mantrap reads.
        rows.append(("semgrep", [
            *python("redteam-mcp", os.path.basename(semgrep)), "scan", *config, "--json", "--quiet", "--metrics", "off",
            "--disable-version-check", "--no-git-ignore", "--max-target-bytes", "2097152", "--jobs", str(os.cpu_count()), tree,
        ]))
    rows.append(("mcpscan-cli", [*python("mcpscan-cli", "mcpscan"), tree, "--json"]))
    rows.append(("agent-audit-kit", [*python("agent-audit-kit", "agent-audit-kit"), "scan", tree, "--format", "json"]))
    return [(name, arguments) for name, arguments in rows if os.path.exists(arguments[0])]


def compare(work, options, home, name, arguments):
    """Median wall time (ms) and peak memory (MiB)."""
    runs = []
    for turn in range(WARM_UPS + options.runs):
        runs.append(once(work, options, home, name, arguments))
        if runs[-1]["ms"] > PATIENCE_MS:
            break
    warm = runs[WARM_UPS:] or runs
    times = [run["ms"] for run in warm]
    found = {
        **warm[-1], "name": name, "ms": statistics.median(times), "least": min(times), "most": max(times),
        "mib": statistics.median(run["mib"] for run in warm), "runs": len(warm),
    }
    print(f"{name}: {found['ms']:.0f} ms, {found['mib']:.0f} MiB, exit {found['code']}", file=sys.stderr)
    return found


def changed(work, options, home, tree):
    """Median wall time (ms) of runs after one file was changed, each after another change; and of the one that fills the cache."""
    path = os.path.join(tree, CHANGED)
    arguments = [options.mantrap, "audit", tree, "--format", "json", "--cache", os.path.join(work, "cache")]
    runs = [once(work, options, home, "mantrap", arguments)]
    for turn in range(WARM_UPS + options.runs):
        with open(path, "a", encoding="utf-8") as file:
            file.write(f"\n\ndef changed_{turn}(value):\n    return value\n")
        runs.append(once(work, options, home, "mantrap", arguments))
    again = statistics.median(run["ms"] for run in runs[1 + WARM_UPS:])
    print(f"mantrap, cache filled: {runs[0]['ms']:.0f} ms, one file changed: {again:.0f} ms", file=sys.stderr)
    return again, runs[0]["ms"]


def once(work, options, home, name, arguments):
    record, said = os.path.join(work, "record"), os.path.join(work, "said")
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": work, "NO_COLOR": "1"}
    # Its core is started by name.
    if name == "semgrep":
        environment["PATH"] = os.path.dirname(arguments[0]) + ":" + environment["PATH"]
        environment["SEMGREP_SEND_METRICS"] = "off"
    with open(said, "wb") as output:
        subprocess.run(
            [options.stopwatch, record, *arguments], check=True, env=environment, cwd=home, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.DEVNULL, timeout=LIMIT_S,
        )
    with open(record, encoding="ascii") as file:
        micros, kib, code = map(int, file.read().split())
    if name == "mantrap" and code in (2, 3):
        sys.exit(f"mantrap ended with {code} and looked at nothing: there is nothing to compare")
    with open(said, encoding="utf-8", errors="replace") as file:
        text = file.read()
    # The launch that CVE-2026-30623 and CVE-2026-42271 are about.
    return {"ms": micros / 1000, "mib": kib / 1024, "code": code, "bytes": len(text), "finds": "experimental_mcp_client/client.py" in text}


def measured(tree):
    """(files, lines) of source code."""
    files = lines = 0
    for folder, _, names in os.walk(tree):
        for name in names:
            if name.endswith((".py", ".js", ".ts", ".tsx", ".jsx")):
                files += 1
                with open(os.path.join(folder, name), "rb") as file:
                    lines += file.read().count(b"\n")
    return files, lines


def render(options, facts, size, scanners, again):
    versions = dict(word.split("=", 1) for word in options.version)
    ours, others = scanners[0], scanners[1:]
    ratios = [(tool["ms"] / ours["ms"], tool["name"]) for tool in others]
    files, lines = size
    again, filling = again
    rows = [
        f"LiteLLM 1.83.0 as published, the whole tree: {files:,} files of source code, {lines:,} lines. All ran in one go, without a network, each",
        f"with its own JSON output and all cores. Median of up to {options.runs} runs after {WARM_UPS} warm-up (one, where a run takes over",
        f"{PATIENCE_MS // 1000} s); memory is the peak resident set of one process, and what Semgrep's core needs is its core's. Semgrep's own registry cannot",
        "be had from a package registry, so it runs the rules about MCP servers that are published with redteam-mcp.",
        "",
        facts,
        "",
        "| scanner | runs | time, ms | least to most | ratio | peak, MiB | exit code | output, bytes | names the known launch |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for tool in scanners:
        rows.append(
            f"| {tool['name']} {versions.get(tool['name'], '')} | {tool['runs']} | {tool['ms']:.0f} | {tool['least']:.0f} to {tool['most']:.0f} "
            f"| {tool['ms'] / ours['ms']:.1f}× | {tool['mib']:.0f} | {tool['code']} | {tool['bytes']:,} | {'yes' if tool['finds'] else 'no'} |"
        )
    beside = ", ".join(f"{name} {ratio:.0f}×" for ratio, name in ratios) or "nobody else is installed"
    rows += [
        "",
        "| what | target | measured | met |",
        "|---|---|---|---|",
        row("the whole tree, time", f"≤ {WHOLE_MS} ms", f"{ours['ms']:.0f} ms", ours["ms"] <= WHOLE_MS),
        row("the whole tree, peak memory", f"≤ {WHOLE_MIB} MiB", f"{ours['mib']:.0f} MiB", ours["mib"] <= WHOLE_MIB),
        row("beside the others", f"≥ {RATIO}× faster than either", beside, bool(ratios) and min(ratios)[0] >= RATIO),
        row("again after one changed file, `--cache`", f"≤ {AGAIN_MS} ms", f"{again:.0f} ms (the run that fills it: {filling:.0f} ms)", again <= AGAIN_MS),
    ]
    return "\n".join(rows) + "\n"


def parse():
    parser = argparse.ArgumentParser()
    for name in ["mantrap", "tools", "stopwatch", "tree", "results"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--machine", action="append", default=[], help="a version that the measurement depends on")
    parser.add_argument("--version", action="append", default=[], help="NAME=VERSION of a scanner")
    parser.add_argument("--runs", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
