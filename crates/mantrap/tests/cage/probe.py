"""One forbidden act at a time, to prove that the cage kills it: probe.py ACT DIRECTORY [PORT]

It says `ready` before the act and `done` after it: a caged probe that never became ready proves nothing. Outside the
cage every act succeeds, which proves that the probe itself works.
"""

import ctypes
import os
import socket
import sys

directory = sys.argv[2]
victim = os.path.join(directory, "victim")
other = os.path.join(directory, "other")
port = int(sys.argv[3]) if len(sys.argv) > 3 else 0


def exec_again():
    os.execv("/bin/echo", ["echo", "done"])


def exec_by_descriptor():
    os.execve(os.open("/bin/echo", os.O_RDONLY), ["echo", "done"], {})


def fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def spawn():
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def shell():
    if os.system("exit 0") != 0:
        raise SystemExit(1)


def connect():
    socket.create_connection(("127.0.0.1", port)).close()


def bind():
    socket.socket().bind(("127.0.0.1", 0))


def datagram():
    socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port))


def unix_socket():
    socket.socketpair()


def write_existing():
    os.open(victim, os.O_WRONLY)


def read_and_write():
    os.open(victim, os.O_RDWR)


def append():
    os.open(victim, os.O_WRONLY | os.O_APPEND)


def truncate_on_open():
    os.open(victim, os.O_RDONLY | os.O_TRUNC)


def create():
    os.open(other, os.O_RDONLY | os.O_CREAT, 0o600)


def nameless_file():
    os.open(directory, os.O_TMPFILE | os.O_WRONLY, 0o600)


def truncate():
    os.truncate(victim, 0)


def unlink():
    os.unlink(victim)


def rename():
    os.rename(victim, other)


def make_directory():
    os.mkdir(other)


def link():
    os.link(victim, other)


def symlink():
    os.symlink(victim, other)


def fifo():
    os.mkfifo(other)


def mode():
    os.chmod(victim, 0o644)


def owner():
    os.chown(victim, os.getuid(), os.getgid())


def times():
    os.utime(victim)


def signal_parent():
    os.kill(os.getppid(), 0)


def trace():
    if ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0:
        raise SystemExit(1)


def memory_file():
    os.memfd_create("x")


def priority():
    os.nice(1)


def read():
    """Allowed: the twin that proves that a caged program can live at all."""
    os.listdir(directory)
    with open(victim, encoding="utf-8") as file:
        file.read()


def thread():
    """Allowed too: a thread of the same process."""
    import threading

    worker = threading.Thread(target=read)
    worker.start()
    worker.join()


print("ready", flush=True)
globals()[sys.argv[1]]()
print("done", flush=True)
