"""Reads one JSON text per line from standard input and says what it holds, in the words of tests/readers.rs."""

import json
import struct
import sys


def said(value):
    if value is None:
        return "n"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, (int, float)):
        return "#" + struct.pack(">d", float(value) or 0.0).hex()
    if isinstance(value, str):
        return '"' + value.encode().hex()
    if isinstance(value, list):
        return "[" + "".join(said(element) + "," for element in value) + "]"
    members = sorted((name.encode().hex(), said(element)) for name, element in value.items())
    return "{" + "".join(name + "!" + element + "," for name, element in members) + "}"


sys.stdin.reconfigure(encoding="utf-8", newline="\n")
for line in sys.stdin:
    print(said(json.loads(line)))
