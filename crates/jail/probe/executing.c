/* Running code that was not granted, and gaining rights by running what was. */
#include "probe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Copies a file; the copy may be executed as far as its mode goes. */
static int copy(const char *from, int to) {
    static char block[1 << 16];
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        broken("open %s: %d", from, errno);
    for (ssize_t length; (length = read(fd, block, sizeof block)) > 0;)
        if (write(to, block, (size_t)length) != length)
            broken("write: %d", errno);
    close(fd);
    return to;
}

static int copy_to(const char *from, const char *path) {
    int to = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700);
    if (to < 0)
        refused("create");
    close(copy(from, to));
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* The payload is the probe itself: `mark FILE` writes the file, prints `done:` and ends. */
static void run(const char *program, char **arguments) {
    execv(program, arguments);
    refused("execve");
}

static void program(int c, char **a) { (void)c, run(a[0], a); }

static void copied(int c, char **a) {
    (void)c;
    copy_to(a[0], a[1]);
    run(a[1], a + 1);
}

static void script(int c, char **a) {
    (void)c;
    int fd = open(a[0], O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700);
    if (fd < 0)
        refused("create");
    dprintf(fd, "#!%s %s\n", a[1], c > 2 ? a[2] : "");
    close(fd);
    run(a[0], a);
}

static void shell(int c, char **a) {
    (void)c;
    char *arguments[] = {"sh", "-c", a[0], 0};
    run("/bin/sh", arguments);
}

static void memory_file(unsigned flags, char **a) {
    int fd = (int)syscall(SYS_memfd_create, "payload", flags);
    if (fd < 0)
        refused("memfd_create");
    copy(a[0], fd);
    fchmod(fd, 0700);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int sealed = open(path, O_RDONLY | O_CLOEXEC);
    syscall(SYS_execveat, fd, "", a, environ, AT_EMPTY_PATH);
    if (sealed >= 0)
        syscall(SYS_execveat, sealed, "", a, environ, AT_EMPTY_PATH);
    run(path, a);
}

static void memfd(int c, char **a) { (void)c, memory_file(1 /* CLOEXEC */, a); }
static void memfd_exec(int c, char **a) { (void)c, memory_file(1 | 0x10 /* MFD_EXEC */, a); }
static void memfd_noexec(int c, char **a) { (void)c, memory_file(1 | 0x8 /* MFD_NOEXEC_SEAL */, a); }

static void nameless(int c, char **a) {
    (void)c;
    int fd = open(a[0], O_TMPFILE | O_RDWR | O_CLOEXEC, 0700);
    if (fd < 0)
        refused("open");
    copy(a[1], fd);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, O_RDONLY | O_CLOEXEC);
    close(fd);
    syscall(SYS_execveat, again, "", a + 1, environ, AT_EMPTY_PATH);
    refused("execveat");
}

/* The loader maps a file that may not be executed. */
static void by_loader(int c, char **a) {
    (void)c;
    copy_to(a[1], a[2]);
    chmod(a[2], 0600);
    char *arguments[16] = {a[0]};
    for (int i = 2; i < c && i < 15; i++)
        arguments[i - 1] = a[i];
    int ends[2];
    if (pipe(ends))
        broken("pipe: %d", errno);
    pid_t child = fork();
    if (!child) {
        dup2(ends[1], 1), dup2(ends[1], 2);
        execv(a[0], arguments);
        _exit(127);
    }
    close(ends[1]);
    char text[1024];
    ssize_t length = 0, part;
    while (length < (ssize_t)sizeof text - 1 && (part = read(ends[0], text + length, sizeof text - 1 - (size_t)length)) > 0)
        length += part;
    text[length] = 0;
    int status;
    waitpid(child, &status, 0);
    if (!strncmp(text, "done: ", 6))
        done("%s", text + 6);
    refused_because("mmap", "%.*s", (int)strcspn(text, "\n"), text);
}

/* A library from a place that can be written is put into a program that may be executed. */
static void preload(int c, char **a) {
    (void)c;
    close(copy_to(a[0], a[1]));
    setenv(a[2], a[1], 1);
    unlink(a[3]);
    int status;
    pid_t child = fork();
    if (!child) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 2);
        setenv("PROBE_MARK", a[3], 1);
        execl("/bin/true", "true", (char *)0);
        _exit(127);
    }
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        refused("execve");
    if (access(a[3], F_OK))
        refused_because("mmap", "not loaded");
    done("loaded");
}

static void map_executable(int c, char **a) {
    (void)c;
    int fd = open(a[0], O_CREAT | O_RDWR | O_CLOEXEC, 0700);
    if (fd < 0)
        refused("open");
    /* mov eax, 42; ret and the same for aarch64 */
#ifdef __x86_64__
    static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3};
#else
    static const unsigned char code[] = {0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6};
#endif
    if (write(fd, code, sizeof code) < 0 || ftruncate(fd, 4096))
        broken("write: %d", errno);
    void *page = mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    if (page == MAP_FAILED) {
        page = mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
        if (page == MAP_FAILED || mprotect(page, 4096, PROT_READ | PROT_EXEC))
            refused("mmap");
    }
    int (*function)(void);
    memcpy(&function, &page, sizeof page);
    done("%d", function());
}

/* Who it is: a program with the setuid bit or file capabilities answers with what it gained. */
static void identity(int c, char **a) {
    (void)c;
    uid_t real, effective, saved;
    getresuid(&real, &effective, &saved);
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
    syscall(SYS_capget, &head, data);
    if (!strcmp(a[0], "uid") && real != effective)
        done("effective uid %u", effective);
    if (!strcmp(a[0], "capability") && (data[0].effective || data[1].effective))
        done("capabilities %x%08x", data[1].effective, data[0].effective);
    refused_because("execve", "gained nothing");
}

/* Capabilities: in any set, or raised again. */
static void capabilities(int c, char **a) {
    (void)c, (void)a;
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
    if (syscall(SYS_capget, &head, data))
        refused("capget");
    for (int i = 0; i < 2; i++)
        if (data[i].effective | data[i].permitted | data[i].inheritable)
            done("holds %x%08x", data[1].permitted, data[0].permitted);
    for (int bit = 0; bit < 64; bit++) {
        int there = prctl(PR_CAPBSET_READ, bit, 0, 0, 0);
        if (there > 0)
            done("bounding set has %d", bit);
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, bit, 0, 0) > 0)
            done("ambient set has %d", bit);
    }
    data[0].effective = data[0].permitted = data[0].inheritable = 1u << 21;
    if (syscall(SYS_capset, &head, data))
        refused("capset");
    done("raised");
}

static void no_new_privileges(int c, char **a) {
    (void)c, (void)a;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        refused_because("prctl", "no_new_privs is set");
    done("privileges can be gained");
}

static void filtered(int c, char **a) {
    (void)c, (void)a;
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2)
        refused_because("prctl", "a filter is set");
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    if (strstr(text, "Seccomp:\t2"))
        refused_because("read", "a filter is set");
    done("no filter");
}

static void become(int c, char **a) {
    (void)c;
    uid_t uid = (uid_t)number(a[0]);
    if (syscall(SYS_setresuid, uid, uid, uid))
        refused("setresuid");
    done("uid %u", getuid());
}

static void join_groups(int c, char **a) {
    (void)c, (void)a;
    gid_t groups[] = {0};
    if (syscall(SYS_setgroups, 1, groups))
        refused("setgroups");
    done("joined");
}

/* A format of programs registered with the kernel would run its handler for everybody. */
static void binary_format(int c, char **a) {
    (void)c, (void)a;
    int fd = open("/proc/sys/fs/binfmt_misc/register", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    done("could register");
}

static void mark(int c, char **a) {
    if (c) {
        int fd = open(a[0], O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        if (fd >= 0 && write(fd, "ran\n", 4) < 0)
            close(fd);
    }
    done("ran");
}

/* Whether the file system that a path lies in would lend somebody's rights, if no other lock were there. */
static void lends_rights(int c, char **a) {
    (void)c;
    struct statvfs status;
    if (statvfs(a[0], &status))
        refused("statvfs");
    if (status.f_flag & ST_NOSUID)
        refused_because("statvfs", "%s lends nobody's rights", a[0]);
    done("%s lends rights", a[0]);
}

const struct technique executing[] = {
    {"lends-rights", 1, lends_rights, "PATH"},
    {"exec", 1, program, "PROGRAM [ARGUMENTS]"},
    {"exec-copy", 2, copied, "PROGRAM COPY [ARGUMENTS]"},
    {"exec-script", 2, script, "SCRIPT INTERPRETER [ARGUMENT]"},
    {"shell", 1, shell, "LINE"},
    {"exec-memfd", 1, memfd, "PROGRAM [ARGUMENTS]"},
    {"exec-memfd-exec", 1, memfd_exec, "PROGRAM [ARGUMENTS]"},
    {"exec-memfd-noexec", 1, memfd_noexec, "PROGRAM [ARGUMENTS]"},
    {"exec-tmpfile", 2, nameless, "DIRECTORY PROGRAM [ARGUMENTS]"},
    {"exec-loader", 3, by_loader, "LOADER PROGRAM COPY [ARGUMENTS]"},
    {"preload", 4, preload, "LIBRARY COPY VARIABLE MARK"},
    {"map-executable", 1, map_executable, "FILE"},
    {"identity", 1, identity, "uid|capability"},
    {"capabilities", 0, capabilities, ""},
    {"new-privileges", 0, no_new_privileges, ""},
    {"unfiltered", 0, filtered, ""},
    {"setuid", 1, become, "UID"},
    {"setgroups", 0, join_groups, ""},
    {"binfmt", 0, binary_format, ""},
    {"mark", 0, mark, "[FILE]"},
    {0, 0, 0, 0},
};
