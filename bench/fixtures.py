"""The benchmark's two targets, built the same way every time."""

import json
import os
import random
import re
import shutil


def home(clients, destination):
    """One home that holds the Linux files of every client's fixtures. Returns (clients, files)."""
    seen = files = 0
    for client in sorted(os.listdir(clients)):
        # `linux/` and `linux-CASE/` are disks on which an account called `dev` lives.
        cases = sorted(case for case in os.listdir(os.path.join(clients, client)) if case.split("-")[0] == "linux")
        trees = [os.path.join(clients, client, case, "home", "dev") for case in cases]
        before = files
        for tree in trees:
            for folder, _, names in os.walk(tree):
                below = os.path.relpath(folder, tree)
                os.makedirs(os.path.join(destination, below), exist_ok=True)
                for name in names:
                    target = os.path.join(destination, below, name)
                    if not os.path.exists(target):  # two clients may share a file
                        shutil.copyfile(os.path.join(folder, name), target)
                        files += 1
        seen += files > before
    return seen, files


# What would be started, in JSON, TOML and YAML: a string, a list, or the rest of a line.
COMMAND = re.compile(r"""(["']?\b(?:command|cmd)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]]*\]|[^\s"'\[{|>][^\n]*)""")


def harmless(home, destination):
    """A copy of `home` in which every command is `/bin/false`: for a scanner that starts what it finds. Returns how many."""
    replaced = 0
    shutil.copytree(home, destination)
    for folder, _, names in os.walk(destination):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                text = file.read().decode("utf-8", "surrogateescape")
            text, count = COMMAND.subn(false, text)
            replaced += count
            with open(path, "wb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
    return replaced


def false(match):
    before, value = match.groups()
    return before + ('["/bin/false"]' if value.startswith("[") else '"/bin/false"')


def repository(destination, count):
    """A repository of `count` files: sources, documents, an ignored node_modules, a few lock files and configs."""
    chance = random.Random(20261121)
    written = 0

    def write(path, text):
        nonlocal written
        path = os.path.join(destination, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        written += 1

    server = {"command": "npx", "args": ["-y", "@upstash/context7-mcp@1.0.14"]}
    write(".gitignore", "node_modules/\ntarget/\n")
    write(".mcp.json", json.dumps({"mcpServers": {"docs": server}}))
    write(".vscode/mcp.json", json.dumps({"servers": {"docs": server}}))
    write(".cursor/mcp.json", json.dumps({"mcpServers": {"docs": server}}))
    write("services/gateway/requirements.txt", "litellm==1.83.0\n")
    lock = {f"node_modules/package-{n}": {"version": f"1.{n}.0"} for n in range(900)}
    write("package-lock.json", json.dumps({"lockfileVersion": 3, "packages": lock}, indent=2))
    words = "the way of a value through a program is what a reader wants to see first".split()
    kinds = [("py", "#"), ("ts", "//"), ("rs", "//"), ("go", "//"), ("md", ""), ("json", None), ("yaml", "#")]
    while written < count:
        number = written
        if number % 5 == 0:
            manifest = {"name": f"package-{number}", "version": "1.0.0", "main": "index.js"}
            write(f"node_modules/package-{number}/package.json", json.dumps(manifest))
            continue
        kind, comment = chance.choice(kinds)
        lines = [" ".join(chance.choices(words, k=9)) for _ in range(chance.randint(10, 80))]
        text = json.dumps({"lines": lines}) if comment is None else "\n".join(f"{comment} {line}" for line in lines)
        write(f"src/part{number % 37}/area{number % 11}/file{number}.{kind}", text + "\n")
    return written
