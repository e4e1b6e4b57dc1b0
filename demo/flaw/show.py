"""The flaw, and what becomes of it: hosts on two official SDKs take a server from a document, raw and with mantrap.

    show.py MANTRAP HOSTS

MANTRAP is the program, HOSTS where `scripts/hosts python2 typescript` built them. What a document writes is a marker in a temporary
directory. Fetches one package from the npm registry, for the server that is approved. Fails when something is not as it says."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MANTRAP, HOSTS = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
SOURCES = Path(__file__).resolve().parents[2] / "crates/mantrap/tests/hosts/sdk"
SDKS = {
    "Python, mcp 2.x": [HOSTS / "python2/bin/python", "-B", SOURCES / "python2/host.py"],
    "TypeScript, @modelcontextprotocol/client 2.x": ["node", HOSTS / "typescript/host.mjs", "2", "auto"],
}
SUM = {"name": "get-sum", "arguments": {"a": 40, "b": 2}}


def documents(marker):
    """What a request brings: a shell, an interpreter's flag, and a harmless program with a harmful environment."""
    write = f"require('fs').writeFileSync('{marker}','')"
    early, server = marker.with_name("early.js"), marker.with_name("server.js")
    early.write_text(write)
    server.write_text("")
    return [
        {"command": "sh", "args": ["-c", f"touch {marker}"], "env": {}},
        {"command": "node", "args": ["-pe", write], "env": {}},
        {"command": "node", "args": [str(server)], "env": {"NODE_OPTIONS": f"--require={early}"}},
    ]


def held(document):
    """The same where the product starts `mantrap run`: the text is a name, or what is around a good name."""
    words = "everything" if document["env"] else " ".join([document["command"], *document["args"]])
    return {"command": str(MANTRAP), "args": ["run", words], "env": document["env"]}


def visit(host, server, home):
    line = json.dumps({"server": server, "calls": [SUM], "everything": None, "patience": 60})
    done = subprocess.run(host, input=line + "\n", env={**os.environ, "HOME": str(home)}, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout.splitlines()[-1])


def shortened(text, most=110):
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def approve(home):
    def mantrap(*words):
        env = {**os.environ, "HOME": str(home)}
        done = subprocess.run([MANTRAP, *words], env=env, capture_output=True, text=True, timeout=300)
        if done.returncode:
            sys.exit(done.stderr)
        return done.stdout

    added = mantrap("add", "everything", "npm:@modelcontextprotocol/server-everything@2026.8.31", "--format", "json")
    mantrap("approve", "everything", "--digest", json.loads(added)["digest"])


def main():
    with tempfile.TemporaryDirectory(prefix="mantrap-flaw.") as work:
        home, marker = Path(work) / "home", Path(work) / "marker"
        home.mkdir(mode=0o755)
        approve(home)
        wrong = 0
        for name, host in SDKS.items():
            print(f"A host on {name}")
            for document in documents(marker):
                shown = " ".join([*(f"{key}={value}" for key, value in document["env"].items()), document["command"], *document["args"]])
                print(f"  {shown.replace(work, '…')}")
                for how, server in ("raw", document), ("mantrap run", held(document)):
                    answer = visit(host, server, home)
                    written = marker.exists()
                    marker.unlink(missing_ok=True)
                    works = "42" in json.dumps(answer.get("results", ""))
                    said = "and the approved server answers 42" if works else shortened(str(answer.get("failed")).replace(work, "…"))
                    print(f"    {how + ':':13} the marker is {'WRITTEN' if written else 'not written'}; {said}")
                    wrong += written != (how == "raw") or works != (how != "raw" and bool(document["env"]))
        subprocess.run(["chmod", "-R", "u+w", work], check=True)  # the store is read-only
        sys.exit(f"{wrong} of these are not as they should be" if wrong else 0)


main()
