"""Measures `mantrap jail` beside other sandboxes, for bench/RESULTS.md. Started by scripts/bench; as root it measures root
and an ordinary user in the same rounds, otherwise whoever started it.

    jail.py --mantrap BINARY --tools DIR --results FILE --docs FILE [--runs N]
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

import results
from results import row

ORDINARY = 60_000
UNSHARE = ["unshare", "--user", "--map-current-user", "--mount", "--pid", "--fork", "--net", "--ipc", "--uts", "--cgroup"]
FLOW_BYTES, FLOW_RUNS = 1 << 30, 7
OPENS, OPEN_RUNS = 10_000, 9
MEMORY_RUNS = 5
# The targets.
OVER_UNSHARE_MS, UNDER_SRT, GATED_US, UNGATED_US, FLOW_SHARE, JAIL_MB = 2, 30, 15, 0.5, 0.8, 5
# Less than this cannot be told from nothing, and counts as this much.
NOISE_MS = 0.5


def main():
    options = parse()
    facts = results.machine(*versions(options))
    # Not below /tmp: Codex refuses a home there.
    work = tempfile.mkdtemp(prefix="mantrap-bench-", dir="/var/tmp")
    try:
        os.chmod(work, 0o755)
        users = [User("root", 0, work), User("ordinary user", ORDINARY, work)] if os.geteuid() == 0 else [
            User("ordinary user", os.geteuid(), work)]
        bench = Bench(options, work, users)
        refused = bench.probe()
        starts = bench.starts()
        opens = bench.opens()
        with bench.server() as port:
            flows = bench.flows(port)
        memory = bench.memory()
    finally:
        shutil.rmtree(work)
    report = render(options, facts, users, refused, starts, opens, flows, memory)
    results.write(options.results, "Jail", report)
    results.figures(options.docs, figures(users, starts, opens, flows, memory))
    print(report)
    return 0


class User:
    def __init__(self, name, uid, work):
        self.name, self.uid = name, uid
        self.home = os.path.join(work, f"home-{uid}")
        self.report = os.path.join(self.home, "report.json")
        os.makedirs(os.path.join(self.home, ".codex"))
        nothing = {"network": {"allowedDomains": [], "deniedDomains": []},
                   "filesystem": {"denyRead": [], "allowWrite": [], "denyWrite": []}}
        with open(os.path.join(self.home, ".srt-settings.json"), "w", encoding="ascii") as file:
            json.dump(nothing, file)
        if os.geteuid() == 0:
            for path, folders, files in os.walk(self.home):
                for name in [path, *(os.path.join(path, each) for each in folders + files)]:
                    os.chown(name, uid, uid)

    def run(self, command, **rest):
        """Runs a command as this user, with a clean environment and no input."""
        if os.geteuid() == 0 and self.uid != 0:
            rest |= {"user": self.uid, "group": self.uid, "extra_groups": []}
        environment = {"HOME": self.home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        return subprocess.run(command, env=environment, cwd=self.home, stdin=subprocess.DEVNULL, timeout=120, check=False, **rest)


class Bench:
    def __init__(self, options, work, users):
        self.options, self.work, self.users = options, work, users
        self.mantrap = os.path.join(work, "mantrap")
        if has_jail(options.mantrap):
            shutil.copy(options.mantrap, self.mantrap)
        for program in ["stopwatch", "opens", "flow"]:
            shutil.copy(os.path.join(options.tools, program), work)

    def wrappers(self, user):
        """Every sandbox as the words in front of the command: a minimal profile, and no network."""
        node = shutil.which("node", path="/usr/local/bin:/usr/bin:/bin") or "/usr/bin/node"
        codex = os.path.join(self.options.tools, CODEX)
        srt = os.path.join(self.options.tools, SRT)
        rows = {
            "direct": [],
            "unshare, all namespaces": UNSHARE,
            "bubblewrap": ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp",
                           "--unshare-all", "--die-with-parent"],
            "firejail": ["firejail", "--quiet", "--noprofile", "--net=none"],
            "codex sandbox": [codex, "sandbox", "--"],
            "srt": [node, srt, "--"],
        }
        if os.path.exists(self.mantrap):
            jail = [self.mantrap, "jail"]
            net, report = ["--net", "example.com:443"], ["--report", user.report]
            rows |= {
                "mantrap": [*jail, "--"],
                "mantrap, egress": [*jail, *net, "--"],
                "mantrap, gate": [*jail, *report, "--"],
                "mantrap, egress and gate": [*jail, *net, *report, "--"],
            }
        return rows

    def probe(self):
        """Which sandbox does not run `true` for whom, and why: it has no row then."""
        self.rows, refused = {}, []
        for user in self.users:
            self.rows[user.name] = {}
            for name, words in self.wrappers(user).items():
                try:
                    done = user.run([*words, "/usr/bin/true"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                    code, said = done.returncode, done.stderr.decode("utf-8", "replace").strip().splitlines()
                except OSError as error:
                    code, said = 127, [str(error)]
                if code == 0:
                    self.rows[user.name][name] = words
                else:
                    refused.append((user.name, name, code, said[-1] if said else "it says nothing"))
        return refused

    def starts(self):
        """Wall time of every command in every sandbox, in rounds of random order: {subject: {user: {sandbox: [ms]}}}."""
        node = shutil.which("node", path="/usr/local/bin:/usr/bin:/bin")
        subjects = {"true": ["/usr/bin/true"], "python3 -c 0": ["/usr/bin/python3", "-c", "0"]}
        if node:
            subjects["node -e 0"] = [os.path.realpath(node), "-e", "0"]
        times = {subject: {user.name: {name: [] for name in self.rows[user.name]} for user in self.users} for subject in subjects}
        turns = [(subject, user, name) for subject in subjects for user in self.users for name in self.rows[user.name]]
        for turn in range(self.options.runs + 1):
            random.shuffle(turns)
            for subject, user, name in turns:
                took = self.once(user, [*self.rows[user.name][name], *subjects[subject]])
                if turn > 0:  # the first warms the caches
                    times[subject][user.name][name].append(took)
            print(f"round {turn} of {self.options.runs}", file=sys.stderr)
        return times

    def once(self, user, command):
        record = os.path.join(user.home, "record")
        user.run([os.path.join(self.work, "stopwatch"), record, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(record, encoding="ascii") as file:
            micros, _, code = map(int, file.read().split())
        os.unlink(record)
        if code != 0:
            sys.exit(f"as {user.name}, this ended with {code}: {' '.join(command)}")
        return micros / 1000

    def opens(self):
        """Microseconds of one open and close: {user: {how: [µs]}}."""
        program = os.path.join(self.work, "opens")
        times = {}
        for user in self.users:
            rows = {"direct": []}
            for name, more in [("mantrap", []), ("mantrap, gate", ["--report", user.report])]:
                if name in self.rows[user.name]:
                    rows[name] = [self.mantrap, "jail", "--exec", program, *more, "--"]
            times[user.name] = {name: [] for name in rows}
            for _ in range(OPEN_RUNS):
                for name in random.sample(sorted(rows), len(rows)):
                    done = user.run([*rows[name], program, str(OPENS), "/usr/bin/true"], stdout=subprocess.PIPE)
                    if done.returncode != 0:
                        sys.exit(f"as {user.name}, `opens` under {name} ended with {done.returncode}")
                    times[user.name][name].append(int(done.stdout) / 1000)
        return times

    def server(self):
        return Server([os.path.join(self.work, "flow"), "serve", "0"])

    def flows(self, port):
        """MB per second through the broker and past it: {user: {way: {"direct" or "mantrap": [MB/s]}}}."""
        program, address = os.path.join(self.work, "flow"), "127.0.0.1"
        ways = {
            "send": [program, "send", address, str(port), str(FLOW_BYTES)],
            "receive": [program, "receive", address, str(port), str(FLOW_BYTES)],
        }
        if os.path.exists("/usr/bin/curl"):
            ways["curl"] = ["/usr/bin/curl", "-s", "-o", "/dev/null", "-w", "%{speed_download}", f"http://{address}:{port}/{FLOW_BYTES}"]
        speeds = {}
        for user in self.users:
            rows = {"direct": []}
            if "mantrap" in self.rows[user.name]:
                rows["mantrap"] = [self.mantrap, "jail", "--net", f"loopback:{port}", "--exec", program, "--"]
            speeds[user.name] = {way: {name: [] for name in rows} for way in ways}
            for turn in range(FLOW_RUNS + 1):
                for way, command in ways.items():
                    for name in random.sample(sorted(rows), len(rows)):
                        done = user.run([*rows[name], *command], stdout=subprocess.PIPE)
                        if done.returncode != 0:
                            sys.exit(f"as {user.name}, {way} under {name} ended with {done.returncode}")
                        speed = float(done.stdout) / (1e6 if way == "curl" else 1)
                        if turn > 0:
                            speeds[user.name][way][name].append(speed)
        return speeds

    def memory(self):
        """Resident memory of all that is mantrap's while a jailed `sleep` runs: {user: {row: [(MB shared out, MB)]}}."""
        sizes = {}
        for user in self.users:
            sizes[user.name] = {}
            for name, words in self.rows[user.name].items():
                if name.startswith("mantrap"):
                    sizes[user.name][name] = [self.resident(user, words) for _ in range(MEMORY_RUNS)]
        return sizes

    def resident(self, user, words):
        rest = {"user": user.uid, "group": user.uid, "extra_groups": []} if os.geteuid() == 0 and user.uid != 0 else {}
        jail = subprocess.Popen([*words, "/usr/bin/sleep", "20"], env={"HOME": user.home, "PATH": "/usr/bin:/bin"},
                                cwd=user.home, stdin=subprocess.DEVNULL, **rest)
        try:
            time.sleep(0.5)
            tree = family(jail.pid)
            ours = [pid for pid in tree if name_of(pid) != "sleep"]
            if len(ours) == len(tree):
                sys.exit(f"as {user.name}, no `sleep` runs in the jail")
            shares = [share(pid) for pid in ours]
            return sum(pss for pss, _ in shares) / 1000, sum(rss for _, rss in shares) / 1000
        finally:
            jail.kill()
            jail.wait()


class Server:
    def __init__(self, command):
        self.command = command

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        return int(self.process.stdout.readline())

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def family(pid):
    """A process and all that descend from it."""
    found = [pid]
    for each in found:
        try:
            for task in os.listdir(f"/proc/{each}/task"):
                with open(f"/proc/{each}/task/{task}/children", encoding="ascii") as file:
                    found += map(int, file.read().split())
        except OSError:
            pass
    return found


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return ""


def share(pid):
    """KB of memory of a process: with shared pages divided among their users (where readable), and all."""
    def sizes(file):
        with open(f"/proc/{pid}/{file}", encoding="ascii") as lines:
            return {key: int(size) for key, size in re.findall(r"^(\w+):\s+(\d+) kB", lines.read(), flags=re.MULTILINE)}
    try:
        rollup = sizes("smaps_rollup")
        return rollup["Pss"] * 1.024, rollup["Rss"] * 1.024
    except OSError:  # not ours to look into: all of it, then
        status = sizes("status")
        return status["VmRSS"] * 1.024, status["VmRSS"] * 1.024


CODEX = "codex/node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex"
SRT = "sandbox-runtime/node_modules/@anthropic-ai/sandbox-runtime/dist/cli.js"


def has_jail(mantrap):
    return subprocess.run([mantrap, "jail", "--help"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def versions(options):
    def said(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")[0].strip()
        except OSError:
            return ""

    tools = options.tools
    for name, package in [("srt", "sandbox-runtime/node_modules/@anthropic-ai/sandbox-runtime"), ("codex", "codex/node_modules/@openai/codex")]:
        with open(os.path.join(tools, package, "package.json"), encoding="utf-8") as file:
            yield f"{name} {json.load(file)['version']}"
    yield said("bwrap", "--version")
    yield said("firejail", "--version").replace(" version", "")
    yield said("unshare", "--version").replace("unshare from ", "")
    yield "Node " + said("node", "--version")
    yield said("/usr/bin/python3", "--version")
    yield said(options.mantrap, "--version")


def render(options, facts, users, refused, starts, opens, flows, memory):
    lines = [
        f"One run, users and sandboxes in random order in each of {options.runs} rounds after one to warm up; the time is from spawn to",
        "the end of the command, the median of all rounds. `unshare` makes a user, mount, pid, net, ipc, uts and cgroup namespace and",
        "does nothing else: the floor. bubblewrap shows the whole file system read-only, with `--unshare-all`; firejail (setuid root)",
        "runs with `--noprofile --net=none`; Codex's and Anthropic's sandbox with no permission and no domain, the former as its",
        "native program, without the Node program in front of it. Debian 12 packages neither nsjail nor minijail: not measured.",
        "mantrap runs with no grant; *egress* is one granted name, *gate* a report of every attempt.",
        "",
        facts,
        "",
    ]
    for name, which, code, why in refused:
        lines += [f"Not measured: {which} as {name} ended with {code} on `true` (`{why}`).", ""]
    for subject, its_users in starts.items():
        lines += [f"## `{subject}`", "", "| sandbox | " + " | ".join(f"{user.name}, ms | least to most | added, ms" for user in users) + " |",
                  "|---|" + "---:|" * 3 * len(users)]
        for name in dict.fromkeys(name for times in its_users.values() for name in times):
            cells = []
            for user in users:
                times, direct = its_users[user.name].get(name), statistics.median(its_users[user.name]["direct"])
                cells += [f"{statistics.median(times):.2f}", f"{min(times):.2f} to {max(times):.2f}",
                          f"{statistics.median(times) - direct:.2f}"] if times else ["–"] * 3
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["## One open and close, µs", "", f"Median of {OPEN_RUNS} loops of {OPENS:,}.", "",
              "| | " + " | ".join(user.name for user in users) + " |", "|---|" + "---:|" * len(users)]
    for name in dict.fromkeys(name for rows in opens.values() for name in rows):
        lines.append(f"| {name} | " + " | ".join(median(opens[user.name].get(name)) for user in users) + " |")
    lines += ["", "## Throughput over loopback, MB/s", "",
              f"{FLOW_BYTES >> 30} GiB on one connection, median of {FLOW_RUNS}; through mantrap they pass the broker.", "",
              "| | " + " | ".join(f"{user.name}, direct | mantrap" for user in users) + " |", "|---|" + "---:|" * 2 * len(users)]
    for way in flows[users[0].name]:
        cells = [median(flows[user.name][way].get(name), 0) for user in users for name in ["direct", "mantrap"]]
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    lines += ["", "## Memory of mantrap while a jailed `sleep` runs, MB", "",
              f"All its processes, median of {MEMORY_RUNS}: shared pages divided among their users, and in brackets counted for each.", "",
              "| | " + " | ".join(user.name for user in users) + " |", "|---|" + "---:|" * len(users)]
    for name in dict.fromkeys(name for rows in memory.values() for name in rows):
        cells = [f"{median([pss for pss, _ in memory[user.name][name]])} ({median([rss for _, rss in memory[user.name][name]])})"
                 if name in memory[user.name] else "–" for user in users]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "## Against the targets", "", "| what | target | measured | met |", "|---|---|---|---|"]
    for user in users:
        lines += targets(user.name, starts, opens, flows, memory)
    return "\n".join(lines) + "\n"


def figures(users, starts, opens, flows, memory):
    """What docs/jail.md says of it: one row a user."""
    yield "| medians, as | `true` in mantrap, bubblewrap, srt | gated open | not gated | throughput | memory |"
    yield "|---|---|---|---|---|---|"
    for user in users:
        times = starts["true"][user.name]
        if "mantrap" not in times:
            continue
        direct, plain, gated = (statistics.median(opens[user.name].get(name) or [0]) for name in ["direct", "mantrap", "mantrap, gate"])
        slowest = min(statistics.median(speeds["mantrap"]) / statistics.median(speeds["direct"])
                      for speeds in flows[user.name].values())
        largest = max(statistics.median(pss for pss, _ in sizes) for sizes in memory[user.name].values())
        shown = ", ".join(median(times.get(name), 1) for name in ["mantrap", "bubblewrap", "srt"])
        yield f"| {user.name} | {shown} ms | {gated - plain:+.1f} µs | {plain - direct:+.1f} µs | {slowest:.2f} of direct | {largest:.1f} MB |"


def targets(user, starts, opens, flows, memory):
    def ms(name, subject="true"):
        times = starts[subject][user].get(name)
        return statistics.median(times) if times else None

    if ms("mantrap") is None:
        yield f"| {user} | everything | mantrap has no jail here | **no** |"
        return
    ours = ms("mantrap")
    if ms("bubblewrap") is not None:
        yield row(f"{user}: `true`", "at most bubblewrap's time", f"{ours:.2f} ms, bubblewrap {ms('bubblewrap'):.2f} ms", ours <= ms("bubblewrap"))
    floor = ms("unshare, all namespaces")
    if floor is not None:
        yield row(f"{user}: `true`", f"within {OVER_UNSHARE_MS} ms of `unshare`", f"{ours - floor:+.2f} ms", ours - floor <= OVER_UNSHARE_MS)
    for subject in starts:
        if ms("srt", subject) is not None:
            added = max(ms("mantrap", subject) - ms("direct", subject), NOISE_MS)
            ratio = (ms("srt", subject) - ms("direct", subject)) / added
            yield row(f"{user}: `{subject}`, time added", f"≥ {UNDER_SRT}× less than srt", f"{ratio:.0f}×", ratio >= UNDER_SRT)
    direct, plain, gated = (statistics.median(opens[user].get(name) or [0]) for name in ["direct", "mantrap", "mantrap, gate"])
    yield row(f"{user}: open, gated", f"≤ {GATED_US} µs extra", f"{gated - plain:+.2f} µs", gated - plain <= GATED_US)
    yield row(f"{user}: open, not gated", f"0 (≤ {UNGATED_US} µs) extra", f"{plain - direct:+.2f} µs", plain - direct <= UNGATED_US)
    for way, speeds in flows[user].items():
        if speeds.get("mantrap"):
            part = statistics.median(speeds["mantrap"]) / statistics.median(speeds["direct"])
            yield row(f"{user}: throughput, {way}", f"≥ {FLOW_SHARE} of direct", f"{part:.2f}", part >= FLOW_SHARE)
    for name, sizes in memory[user].items():
        size = statistics.median(pss for pss, _ in sizes)
        yield row(f"{user}: memory, {name}", f"≤ {JAIL_MB} MB", f"{size:.2f} MB", size <= JAIL_MB)


def median(values, digits=2):
    return f"{statistics.median(values):,.{digits}f}" if values else "–"


def parse():
    parser = argparse.ArgumentParser()
    for name in ["mantrap", "tools", "results", "docs"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--runs", type=int, default=25, help="rounds after the first")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
