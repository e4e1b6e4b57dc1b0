/* Other processes: seeing, signalling, tracing, reading, slowing them. */
#include "probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void signal_process(int c, char **a) {
    (void)c;
    if (kill((pid_t)number(a[0]), SIGUSR1))
        refused("kill");
    done("sent");
}

/* Everybody at once. Only in a pid namespace of one's own is this a harmless twin. */
static void signal_all(int c, char **a) {
    (void)c, (void)a;
    signal(SIGUSR1, SIG_IGN);
    if (!fork()) { /* somebody, so that the call has whom to reach */
        sleep_ms(300);
        _exit(0);
    }
    if (kill(-1, SIGUSR1))
        refused("kill");
    done("sent to all");
}

static void signal_thread(int c, char **a) {
    (void)c;
    long pid = number(a[0]);
    if (syscall(SYS_tgkill, pid, pid, SIGUSR1) && syscall(SYS_tkill, pid, SIGUSR1))
        refused("tgkill");
    done("sent");
}

static void signal_queued(int c, char **a) {
    (void)c;
    if (sigqueue((pid_t)number(a[0]), SIGUSR1, (union sigval){.sival_int = 1}))
        refused("rt_sigqueueinfo");
    done("sent");
}

static void signal_by_descriptor(int c, char **a) {
    (void)c;
    int fd = (int)syscall(SYS_pidfd_open, number(a[0]), 0);
    if (fd < 0)
        refused("pidfd_open");
    if (syscall(SYS_pidfd_send_signal, fd, SIGUSR1, 0, 0))
        refused("pidfd_send_signal");
    done("sent");
}

/* The owner of a descriptor is signalled when bytes arrive: set the owner to somebody else. */
static void signal_by_owner(int c, char **a) {
    (void)c;
    int ends[2];
    if (pipe(ends))
        broken("pipe: %d", errno);
    if (fcntl(ends[0], F_SETSIG, SIGUSR1) || fcntl(ends[0], F_SETOWN, (int)number(a[0])))
        refused("fcntl");
    if (fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK))
        refused("fcntl");
    if (write(ends[1], "x", 1) != 1)
        refused("write");
    done("raised");
}

static void signal_by_owner_ex(int c, char **a) {
    (void)c;
    int ends[2];
    struct f_owner_ex owner = {F_OWNER_PID, (pid_t)number(a[0])};
    if (pipe(ends))
        broken("pipe: %d", errno);
    if (fcntl(ends[0], F_SETSIG, SIGUSR1) || fcntl(ends[0], F_SETOWN_EX, &owner))
        refused("fcntl");
    if (fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK))
        refused("fcntl");
    if (write(ends[1], "x", 1) != 1)
        refused("write");
    done("raised");
}

/* The first process of the jail. Signal 0 asks only whether it may be signalled. */
static void signal_first(int c, char **a) {
    (void)c, (void)a;
    if (kill(c ? (pid_t)number(a[0]) : 1, 0))
        refused("kill");
    done("may be signalled");
}

static void stop_first(int c, char **a) {
    if (kill(c ? (pid_t)number(a[0]) : 1, SIGSTOP))
        refused("kill");
    done("sent");
}

static void attach(int c, char **a) {
    (void)c;
    pid_t pid = (pid_t)number(a[0]);
    if (ptrace(PTRACE_SEIZE, pid, 0, 0))
        refused("ptrace");
    if (ptrace(PTRACE_INTERRUPT, pid, 0, 0))
        refused("ptrace");
    int status;
    waitpid(pid, &status, __WALL);
    errno = 0;
    long word = ptrace(PTRACE_PEEKDATA, pid, (void *)(uintptr_t)strtoull(a[1], 0, 0), 0);
    if (errno)
        refused("ptrace");
    ptrace(PTRACE_DETACH, pid, 0, 0);
    done("%.8s", (char *)&word);
}

static void attach_child(int c, char **a) {
    (void)c, (void)a;
    pid_t child = fork();
    if (!child) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0))
            _exit(errno);
        raise(SIGSTOP);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
        errno = WEXITSTATUS(status);
        refused("ptrace");
    }
    ptrace(PTRACE_CONT, child, 0, 0);
    waitpid(child, &status, 0);
    done("traced");
}

static void read_memory(int c, char **a) {
    (void)c;
    char text[64] = "";
    struct iovec to = {text, 32}, from = {(void *)(uintptr_t)strtoull(a[1], 0, 0), 32};
    if (process_vm_readv((pid_t)number(a[0]), &to, 1, &from, 1, 0) < 0)
        refused("process_vm_readv");
    done("%s", text);
}

static void write_memory(int c, char **a) {
    (void)c;
    char text[] = "overwritten by the probe";
    struct iovec from = {text, sizeof text}, to = {(void *)(uintptr_t)strtoull(a[1], 0, 0), sizeof text};
    if (process_vm_writev((pid_t)number(a[0]), &from, 1, &to, 1, 0) < 0)
        refused("process_vm_writev");
    done("wrote");
}

static void memory_file(int c, char **a) {
    (void)c;
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/%s/mem", a[0]);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    if (pread(fd, text, 32, (off_t)strtoull(a[1], 0, 0)) < 0)
        refused("pread");
    done("%s", text);
}

static void take_descriptor(int c, char **a) {
    (void)c;
    int pid = (int)syscall(SYS_pidfd_open, number(a[0]), 0);
    if (pid < 0)
        refused("pidfd_open");
    int fd = (int)syscall(SYS_pidfd_getfd, pid, number(a[1]), 0);
    if (fd < 0)
        refused("pidfd_getfd");
    lseek(fd, 0, SEEK_SET);
    done_with_content(fd);
}

/* Of the probe's own child, which it may see. */
static void take_descriptor_of_child(int c, char **a) {
    (void)c, (void)a;
    pid_t child = fork();
    if (!child) {
        sleep_ms(3000);
        _exit(0);
    }
    int pid = (int)syscall(SYS_pidfd_open, child, 0);
    int fd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pid, 1, 0);
    int error = errno;
    kill(child, SIGKILL);
    waitpid(child, 0, 0);
    errno = error;
    if (fd < 0)
        refused("pidfd_getfd");
    done("got it");
}

static void compare(int c, char **a) {
    (void)c;
    if (syscall(SYS_kcmp, getpid(), number(a[0]), 0, 0, 0) < 0)
        refused("kcmp");
    done("compared");
}

static void compare_child(int c, char **a) {
    (void)c, (void)a;
    if (syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 1) < 0)
        refused("kcmp");
    done("compared");
}

static void slow(int c, char **a) {
    (void)c;
    if (setpriority(PRIO_PROCESS, (id_t)number(a[0]), 19))
        refused("setpriority");
    done("slowed");
}

static void pin(int c, char **a) {
    (void)c;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    if (sched_setaffinity((pid_t)number(a[0]), sizeof one, &one))
        refused("sched_setaffinity");
    done("pinned");
}

static void limit(int c, char **a) {
    (void)c;
    struct rlimit none = {0, 0};
    if (prlimit((pid_t)number(a[0]), RLIMIT_CORE, &none, 0))
        refused("prlimit64");
    done("limited");
}

static void advise(int c, char **a) {
    (void)c;
    int pid = (int)syscall(SYS_pidfd_open, number(a[0]), 0);
    if (pid < 0)
        refused("pidfd_open");
    struct iovec range = {(void *)(uintptr_t)(strtoull(a[1], 0, 0) & ~4095ull), 4096};
    if (syscall(SYS_process_madvise, pid, &range, 1, 20 /* MADV_COLD */, 0) < 0)
        refused("process_madvise");
    done("advised");
}

static void read_proc(int c, char **a) {
    (void)c;
    char path[128], text[8192];
    snprintf(path, sizeof path, "/proc/%s/%s", a[0], a[1]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    ssize_t length = read(fd, text, sizeof text - 1);
    if (length < 0)
        refused("read");
    if (!length)
        refused_because("read", "empty");
    for (ssize_t i = 0; i < length; i++)
        if (!text[i])
            text[i] = ' ';
    text[length] = 0;
    done("%s", text);
}

/* Anybody but the probe, its first process and what it started itself. */
static void processes_seen(int c, char **a) {
    (void)c;
    DIR *proc = opendir("/proc");
    int found = 0;
    if (!proc)
        refused("opendir");
    for (struct dirent *entry; (entry = readdir(proc));)
        if (!strcmp(entry->d_name, a[0]))
            found = 1;
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/status", a[0]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char text[512] = "";
    if (fd >= 0 && read(fd, text, sizeof text - 1) > 0 && strstr(text, a[1]))
        done("sees %s", a[1]);
    if (found && !a[1][0])
        done("sees it");
    errno = ENOENT;
    refused("open");
}

/* The children of a killed jail must not go on: a daemon in a session of its own writes its mark later. */
static void stay_behind(int c, char **a) {
    (void)c;
    if (fork() == 0) {
        setsid();
        if (fork())
            _exit(0);
        for (int fd = 0; fd < 3; fd++)
            close(fd);
        sleep_ms(number(a[1]));
        int fd = open(a[0], O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        _exit(fd < 0);
    }
    done("left somebody behind");
}

const struct technique processes[] = {
    {"kill", 1, signal_process, "PID"},
    {"kill-all", 0, signal_all, ""},
    {"tgkill", 1, signal_thread, "PID"},
    {"sigqueue", 1, signal_queued, "PID"},
    {"pidfd-signal", 1, signal_by_descriptor, "PID"},
    {"sigio", 1, signal_by_owner, "PID"},
    {"sigio-ex", 1, signal_by_owner_ex, "PID"},
    {"signal-first", 0, signal_first, "[PID]"},
    {"stop-first", 0, stop_first, "[PID]"},
    {"ptrace", 2, attach, "PID ADDRESS"},
    {"ptrace-child", 0, attach_child, ""},
    {"vm-read", 2, read_memory, "PID ADDRESS"},
    {"vm-write", 2, write_memory, "PID ADDRESS"},
    {"proc-mem", 2, memory_file, "PID ADDRESS"},
    {"pidfd-getfd", 2, take_descriptor, "PID FD"},
    {"pidfd-getfd-child", 0, take_descriptor_of_child, ""},
    {"kcmp", 1, compare, "PID"},
    {"kcmp-self", 0, compare_child, ""},
    {"setpriority", 1, slow, "PID"},
    {"setaffinity", 1, pin, "PID"},
    {"prlimit", 1, limit, "PID"},
    {"process-madvise", 2, advise, "PID ADDRESS"},
    {"proc-read", 2, read_proc, "PID FILE"},
    {"proc-see", 2, processes_seen, "PID NAME"},
    {"stay", 2, stay_behind, "MARK MS"},
    {0, 0, 0, 0},
};
