"""A guarded host in whose directory `hang` a file system appears that never answers: not when `silent` is looked for, and not
when `tool` is read. Another launch of the host's goes on meanwhile. Started with the host's command, in mount and user
namespaces of its own.
"""

import ctypes
import os
import select
import struct
import subprocess
import sys
import threading
import time

LOOKUP, FORGET, GETATTR, OPEN, READ, INIT, INTERRUPT, BATCH_FORGET = 1, 2, 3, 14, 15, 26, 36, 42
PARALLEL_LOOKUPS = 1 << 18
NOT_KNOWN, NOT_THERE = 38, 2
FORCE, DETACH = 1, 2
PATIENCE = 20


def attributes(node):
    is_directory = node == 1
    mode = 0o40755 if is_directory else 0o100755
    return struct.pack("<6Q10I", node, 0 if is_directory else 4096, 8, 1, 1, 1, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)


def serve(device, hanging):
    """Answers everything but two questions."""
    while True:
        try:
            asked = os.read(device, 1 << 17)
        except OSError:
            return
        _, what, number, node = struct.unpack_from("<IIQQ", asked)
        body, error = b"", 0
        if what == INIT:
            body = struct.pack("<IIIIHHIIHHII6I", 7, 31, 0, PARALLEL_LOOKUPS, 16, 12, 1 << 16, 1, 0, 0, 0, 0, *[0] * 6)
        elif what == LOOKUP:
            name = asked[40:].rstrip(b"\0")
            if name == b"silent":
                hanging.add("lookup")
                continue
            error = 0 if name == b"tool" else NOT_THERE
            body = b"" if error else struct.pack("<4Q2I", 2, 0, 0, 0, 0, 0) + attributes(2)
        elif what == GETATTR:
            body = struct.pack("<Q2I", 0, 0, 0) + attributes(node)
        elif what == OPEN:
            body = struct.pack("<Q2I", 0, 0, 0)
        elif what == READ:
            hanging.add("read")
            continue
        elif what in (FORGET, BATCH_FORGET, INTERRUPT):
            continue
        else:
            error = NOT_KNOWN
        os.write(device, struct.pack("<IiQ", 16 + len(body), -error, number) + body)


def said(host, word):
    """Waits until the host says this."""
    seen, end = b"", time.monotonic() + PATIENCE
    while word not in seen:
        ready, _, _ = select.select([host.stdout], [], [], max(0, end - time.monotonic()))
        more = os.read(host.stdout.fileno(), 4096) if ready else b""
        if not more:
            sys.exit(f"the host said {seen!r} and not {word!r}")
        seen += more


def main():
    host = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    said(host, b"ready\n")
    device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    words = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
    system = ctypes.CDLL(None, use_errno=True)
    if system.mount(b"hang", b"hang", b"fuse", 0, words) != 0:
        sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")
    hanging = set()
    threading.Thread(target=serve, args=(device, hanging), daemon=True).start()
    host.stdin.write(b"go\n")
    end = time.monotonic() + PATIENCE
    while len(hanging) < 2:
        if time.monotonic() > end:
            sys.exit(f"only {hanging} was asked for")
        time.sleep(0.01)
    host.stdin.write(b"on\n")
    said(host, b"Linux\nelsewhere all goes on\n")
    host.stdin.close()
    # Whoever still waits for the file system gets an error.
    if system.umount2(b"hang", FORCE | DETACH) != 0:
        sys.exit(f"umount: {os.strerror(ctypes.get_errno())}")
    sys.exit(host.wait(PATIENCE))


if __name__ == "__main__":
    main()
