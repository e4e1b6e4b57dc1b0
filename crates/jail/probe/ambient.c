/* What a process finds around itself: descriptors, terminals, environment, files of the kernel. */
#include "probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

/* Anything open beyond the three. */
static void descriptors(int c, char **a) {
    (void)c, (void)a;
    char found[1024] = "";
    for (int fd = 3; fd < 65536 && strlen(found) < sizeof found - 300; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            continue;
        char path[64], target[200] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length > 0 ? length : 0] = 0;
        snprintf(found + strlen(found), 256, " %d=%s", fd, target);
    }
    if (found[0])
        done("%s", found);
    errno = EBADF;
    refused("fcntl");
}

/* A secret that the starter held open. */
static void inherited(int c, char **a) {
    (void)c;
    for (int fd = 3; fd < 1024; fd++) {
        char text[512];
        ssize_t length = pread(fd, text, sizeof text - 1, 0);
        if (length <= 0)
            continue;
        text[length] = 0;
        if (strstr(text, a[0]))
            done("%s", text);
    }
    errno = EBADF;
    refused("pread");
}

/* Any socket among the first three: the way in which the room itself is told what to do must be shut by now. */
static void control_socket(int c, char **a) {
    (void)c, (void)a;
    char found[512] = "";
    for (int fd = 0; fd < 1024; fd++) {
        int type;
        socklen_t length = sizeof type;
        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length))
            continue;
        snprintf(found + strlen(found), sizeof found - strlen(found), " %d", fd);
        if (strlen(found) > 400)
            break;
    }
    FILE *sockets = fopen("/proc/net/unix", "re");
    char line[512];
    int head = 1;
    while (sockets && fgets(line, sizeof line, sockets)) {
        if (!head && strchr(line, '@'))
            snprintf(found + strlen(found), sizeof found - strlen(found), " %.100s", strchr(line, '@'));
        head = 0;
        if (strlen(found) > 350)
            break;
    }
    if (found[0])
        done("%s", found);
    errno = ENOTSOCK;
    refused("getsockopt");
}

static void environment(int c, char **a) {
    (void)c;
    for (char **one = environ; *one; one++)
        if (strstr(*one, a[0]))
            done("%s", *one);
    refused_because("getenv", "not there");
}

/* Types a line into the terminal that the starter reads from. */
static void inject(int c, char **a) {
    (void)c;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fd = 0;
    for (const char *key = a[0]; *key; key++)
        if (ioctl(fd, TIOCSTI, key))
            refused("TIOCSTI");
    done("typed");
}

/* Some kernels compare all 64 bits of the request, some 32: with the high bits set it is the same call. */
static void inject_wide(int c, char **a) {
    (void)c;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fd = 0;
    for (const char *key = a[0]; *key; key++)
        if (ioctl(fd, TIOCSTI | 0x100000000ul, key))
            refused("TIOCSTI");
    done("typed");
}

static void paste(int c, char **a) {
    (void)c, (void)a;
    char paste_selection = 3;
    if (ioctl(0, TIOCLINUX, &paste_selection) && errno != EINVAL && errno != ENOTTY)
        refused("TIOCLINUX");
    if (errno == ENOTTY)
        refused("TIOCLINUX");
    done("pasted");
}

static void own_terminal(int c, char **a) {
    (void)c, (void)a;
    setsid();
    if (ioctl(0, TIOCSCTTY, 0))
        refused("TIOCSCTTY");
    done("has a controlling terminal");
}

static void controlling_terminal(int c, char **a) {
    (void)c, (void)a;
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    done("opened");
}

static void foreground(int c, char **a) {
    (void)c, (void)a;
    pid_t group = tcgetpgrp(0);
    if (group < 0)
        refused("tcgetpgrp");
    done("group %d", group > 0);
}

/* Another line discipline: code of the kernel that few look at. */
static void discipline(int c, char **a) {
    (void)c, (void)a;
    int kind = 0, plain;
    if (ioctl(0, TIOCGETD, &plain))
        refused("TIOCGETD");
    kind = plain;
    if (ioctl(0, TIOCSETD, &kind))
        refused("TIOCSETD");
    done("set");
}

/* The first of the given files that can be opened for writing. Nothing is written. */
static void writable(int c, char **a) {
    int last = ENOENT;
    for (int i = 0; i < c; i++) {
        int fd = open(a[i], O_WRONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0)
            done("%s", a[i]);
        if (errno != ENOENT)
            last = errno;
    }
    errno = last;
    refused("open");
}

/* The first of the given files that can be read and holds something. */
static void readable(int c, char **a) {
    int last = ENOENT;
    for (int i = 0; i < c; i++) {
        char byte[16];
        int fd = open(a[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
            if (errno != ENOENT)
                last = errno;
            continue;
        }
        ssize_t length = read(fd, byte, sizeof byte);
        if (length > 0)
            done("%s", a[i]);
        if (length < 0)
            last = errno;
        close(fd);
    }
    errno = last;
    refused("open");
}

/* A file with another owner than its group's limit: a process joins a control group by writing its number. */
static void control_group(int c, char **a) {
    int last = ENOENT;
    for (int i = 0; i < c; i++) {
        int fd = open(a[i], O_WRONLY | O_CLOEXEC);
        if (fd < 0) {
            last = errno;
            continue;
        }
        if (write(fd, "0", 1) == 1)
            done("moved by %s", a[i]);
        last = errno;
        close(fd);
    }
    errno = last;
    refused("open");
}

/*
 * A core dump that a helper of the host, run as root, would be given. For helpers the kernel knows one limit that
 * stops them, and that is 1 byte; 0 only stops files.
 */
static void core_dump(int c, char **a) {
    (void)c, (void)a;
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    if (limit.rlim_max == 1 && limit.rlim_cur <= 1)
        refused_because("getrlimit", "no file, no helper");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_CORE, &limit))
        refused("setrlimit");
    done("core limit %llu", (unsigned long long)limit.rlim_max);
}

/* The namespace of KIND is that of the test, which says its number. */
static void shared_namespace(int c, char **a) {
    (void)c;
    char path[64], name[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", a[0]);
    ssize_t length = readlink(path, name, sizeof name - 1);
    if (length < 0)
        refused("readlink");
    name[length] = 0;
    if (strcmp(name, a[1]))
        refused_because("readlink", "another namespace");
    done("%s is shared", name);
}

/* A session of its own: no signal to its group or terminal reaches anybody else. */
static void session(int c, char **a) {
    (void)c, (void)a;
    if (getsid(0) == getpid() && getpgrp() == getpid())
        refused_because("getsid", "a session of its own");
    done("session %d, group %d", getsid(0), getpgrp());
}

/* What the first process of the jail still holds: capabilities, privileges to gain, a terminal. */
static void first_process(int c, char **a) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%s/status", c ? a[0] : "1");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (length < 0)
        refused("open");
    text[length] = 0;
    static const char *const sets[] = {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char *line = strstr(text, sets[i]);
        if (line && strtoull(line + 7, 0, 16))
            done("%.30s", line);
    }
    char *line = strstr(text, "NoNewPrivs:");
    if (line && atoi(line + 11) == 0)
        done("%.14s", line);
    snprintf(path, sizeof path, "/proc/%s/stat", c ? a[0] : "1");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    int terminal = 0;
    line = strrchr(text, ')');
    if (line && sscanf(line, ") %*c %*d %*d %*d %d", &terminal) == 1 && terminal)
        done("terminal %d", terminal);
    refused_because("open", "it holds nothing");
}

static void host_identity(int c, char **a) {
    (void)c;
    char name[256];
    if (gethostname(name, sizeof name))
        refused("gethostname");
    if (strcmp(name, a[0]))
        refused_because("gethostname", "another name");
    done("%s", name);
}

const struct technique ambient[] = {
    {"fds", 0, descriptors, ""},
    {"inherited", 1, inherited, "TEXT"},
    {"control-socket", 0, control_socket, ""},
    {"environment", 1, environment, "TEXT"},
    {"tiocsti", 1, inject, "TEXT"},
    {"tiocsti-wide", 1, inject_wide, "TEXT"},
    {"tioclinux", 0, paste, ""},
    {"tiocsctty", 0, own_terminal, ""},
    {"dev-tty", 0, controlling_terminal, ""},
    {"tcgetpgrp", 0, foreground, ""},
    {"tiocsetd", 0, discipline, ""},
    {"writable", 1, writable, "FILE…"},
    {"readable", 1, readable, "FILE…"},
    {"cgroup-join", 1, control_group, "FILE…"},
    {"core", 0, core_dump, ""},
    {"namespace", 2, shared_namespace, "KIND NAME"},
    {"session", 0, session, ""},
    {"first-process", 0, first_process, "[PID]"},
    {"hostname", 1, host_identity, "NAME"},
    {0, 0, 0, 0},
};
