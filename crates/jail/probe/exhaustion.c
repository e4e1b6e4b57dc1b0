/* Taking more than one's share. Each act stops at the number that it is asked for. */
#include "probe.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void processes_made(int c, char **a) {
    (void)c;
    long wanted = number(a[0]), made = 0;
    int error = 0;
    /* One group, so that all of them end at once, also where the probe is refused. */
    setpgid(0, 0);
    for (; made < wanted; made++) {
        pid_t child = fork();
        if (child < 0) {
            error = errno;
            break;
        }
        if (!child) {
            alarm(20);
            pause();
            _exit(0);
        }
    }
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    while (wait(0) > 0)
        ;
    if (made == wanted)
        done("%ld processes", made);
    errno = error;
    refused("fork");
}

static void *wait_there(void *stop) {
    (void)stop;
    pause();
    return 0;
}

static void threads(int c, char **a) {
    (void)c;
    long wanted = number(a[0]);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (long made = 0; made < wanted; made++) {
        pthread_t one;
        int error = pthread_create(&one, &small, wait_there, 0);
        if (error) {
            errno = error;
            refused("pthread_create");
        }
    }
    done("%ld threads", wanted);
}

static void memory(int c, char **a) {
    (void)c;
    size_t wanted = (size_t)number(a[0]) << 20;
    char *all = mmap(0, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        refused("mmap");
    for (size_t at = 0; at < wanted; at += 4096)
        all[at] = 1;
    done("%ld MiB", number(a[0]));
}

/* Together, where each alone stays below. */
static void memory_of_many(int c, char **a) {
    (void)c;
    long each = number(a[0]), how_many = number(a[1]);
    int ends[2], reached = 0;
    if (pipe(ends))
        broken("pipe: %d", errno);
    for (long i = 0; i < how_many; i++)
        if (!fork()) {
            size_t wanted = (size_t)each << 20;
            char *all = mmap(0, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (all == MAP_FAILED)
                _exit(1);
            for (size_t at = 0; at < wanted; at += 4096)
                all[at] = 1;
            if (write(ends[1], "x", 1) != 1)
                _exit(1);
            sleep_ms(2000);
            _exit(0);
        }
    close(ends[1]);
    char byte;
    while (read(ends[0], &byte, 1) == 1)
        reached++;
    if (reached < how_many)
        refused_because("mmap", "%d of %ld reached it", reached, how_many);
    done("%ld MiB", each * how_many);
}

/* Room on a file system, asked for at once and in parts. */
static void room(int c, char **a) {
    (void)c;
    long wanted = number(a[1]);
    int fd = open(a[0], O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        refused("open");
    for (long part = 0; part < wanted; part += 16)
        if (fallocate(fd, 0, part << 20, 16 << 20)) {
            int error = errno;
            ftruncate(fd, 0);
            unlink(a[0]);
            errno = error;
            refused("fallocate");
        }
    unlink(a[0]);
    done("%ld MiB", wanted);
}

static void one_large_file(int c, char **a) {
    (void)c;
    signal(SIGXFSZ, SIG_IGN);
    int fd = open(a[0], O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        refused("open");
    int failed = ftruncate(fd, (off_t)number(a[1]) << 30);
    int error = errno;
    unlink(a[0]);
    errno = error;
    if (failed)
        refused("ftruncate");
    done("%ld GiB", number(a[1]));
}

static void inodes(int c, char **a) {
    (void)c;
    long wanted = number(a[1]), made = 0;
    int error = 0;
    int top = open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char name[32];
    for (; made < wanted; made++) {
        snprintf(name, sizeof name, "probe-%ld", made);
        if (mknodat(top, name, S_IFREG | 0600, 0)) {
            error = errno;
            break;
        }
    }
    for (long i = 0; i < made; i++) {
        snprintf(name, sizeof name, "probe-%ld", i);
        unlinkat(top, name, 0);
    }
    if (made == wanted)
        done("%ld files", made);
    errno = error;
    refused("mknodat");
}

static void open_files(int c, char **a) {
    (void)c;
    long wanted = number(a[0]);
    struct rlimit all;
    getrlimit(RLIMIT_NOFILE, &all);
    all.rlim_cur = all.rlim_max;
    setrlimit(RLIMIT_NOFILE, &all);
    for (long made = 0; made < wanted; made++)
        if (dup(0) < 0)
            refused("dup");
    done("%ld descriptors", wanted);
}

static void pipes(int c, char **a) {
    (void)c;
    long wanted = number(a[0]);
    struct rlimit all;
    getrlimit(RLIMIT_NOFILE, &all);
    all.rlim_cur = all.rlim_max;
    setrlimit(RLIMIT_NOFILE, &all);
    for (long made = 0; made < wanted; made++) {
        int ends[2];
        if (pipe2(ends, O_NONBLOCK | O_CLOEXEC))
            refused("pipe2");
    }
    done("%ld pipes", wanted);
}

/* One pipe of a mebibyte: pages of the kernel that no limit of a process counts. */
static void large_pipe(int c, char **a) {
    (void)c, (void)a;
    int ends[2];
    if (pipe(ends))
        refused("pipe");
    if (fcntl(ends[0], F_SETPIPE_SZ, 1 << 20) < 0)
        refused("fcntl");
    done("1 MiB");
}

static void system_v_memory(int c, char **a) {
    (void)c;
    int id = shmget(IPC_PRIVATE, (size_t)number(a[0]) << 20, IPC_CREAT | 0600);
    if (id < 0)
        refused("shmget");
    char *all = shmat(id, 0, 0);
    shmctl(id, IPC_RMID, 0);
    if (all == (void *)-1)
        refused("shmat");
    for (size_t at = 0; at < (size_t)number(a[0]) << 20; at += 4096)
        all[at] = 1;
    done("%s MiB", a[0]);
}

static void locked_memory(int c, char **a) {
    (void)c;
    void *all = mmap(0, (size_t)number(a[0]) << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED)
        refused("mmap");
    if (mlock(all, (size_t)number(a[0]) << 20))
        refused("mlock");
    done("%s MiB", a[0]);
}

/* Files in memory have no file system with a size; what they hold counts for the tree all the same. */
static void memory_files(int c, char **a) {
    (void)c;
    int fd = (int)syscall(SYS_memfd_create, "room", 1 | 8 /* CLOEXEC, NOEXEC_SEAL */);
    if (fd < 0)
        refused("memfd_create");
    for (long part = 0; part < number(a[0]); part += 16)
        if (fallocate(fd, 0, part << 20, 16 << 20))
            refused("fallocate");
    done("%s MiB", a[0]);
}

static void spin(int c, char **a) {
    (void)c;
    long until = now_ms() + number(a[0]);
    while (now_ms() < until)
        ;
    done("%s ms", a[0]);
}

/* The share of one processor that two threads get within a second. */
static void *burn(void *stop) {
    while (!*(volatile int *)stop)
        ;
    return 0;
}

static void share(int c, char **a) {
    (void)c;
    static volatile int stop;
    pthread_t one, two;
    pthread_create(&one, 0, burn, (void *)&stop), pthread_create(&two, 0, burn, (void *)&stop);
    sleep_ms(1500);
    stop = 1;
    pthread_join(one, 0), pthread_join(two, 0);
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    long ms = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000;
    if (ms * 100 / 1500 <= number(a[0]))
        refused_because("sched", "%ld %%", ms * 100 / 1500);
    done("%ld %%", ms * 100 / 1500);
}

static void watches(int c, char **a) {
    (void)c;
    for (long made = 0; made < number(a[0]); made++)
        if (inotify_init1(IN_CLOEXEC) < 0)
            refused("inotify_init1");
    done("%s", a[0]);
}

static void priority(int c, char **a) {
    (void)c, (void)a;
    if (setpriority(PRIO_PROCESS, 0, -20))
        refused("setpriority");
    done("first in line");
}

static void real_time(int c, char **a) {
    (void)c, (void)a;
    struct { int priority; } first = {50};
    if (syscall(SYS_sched_setscheduler, 0, 1 /* FIFO */, &first))
        refused("sched_setscheduler");
    done("real time");
}

static void raise_limits(int c, char **a) {
    (void)c, (void)a;
    static const int those[] = {RLIMIT_NOFILE, RLIMIT_FSIZE, RLIMIT_CORE, RLIMIT_NPROC, RLIMIT_MEMLOCK};
    for (size_t i = 0; i < sizeof those / sizeof *those; i++) {
        struct rlimit it;
        getrlimit((__rlimit_resource_t)those[i], &it);
        if (it.rlim_max == RLIM_INFINITY)
            continue;
        it.rlim_max++;
        it.rlim_cur = it.rlim_max;
        if (!setrlimit((__rlimit_resource_t)those[i], &it))
            done("raised limit %d", those[i]);
    }
    errno = EPERM;
    refused("setrlimit");
}

const struct technique exhaustion[] = {
    {"forks", 1, processes_made, "COUNT"},
    {"threads", 1, threads, "COUNT"},
    {"memory", 1, memory, "MIB"},
    {"memory-many", 2, memory_of_many, "MIB COUNT"},
    {"room", 2, room, "FILE MIB"},
    {"large-file", 2, one_large_file, "FILE GIB"},
    {"inodes", 2, inodes, "DIRECTORY COUNT"},
    {"open-files", 1, open_files, "COUNT"},
    {"pipes", 1, pipes, "COUNT"},
    {"large-pipe", 0, large_pipe, ""},
    {"sysv-memory", 1, system_v_memory, "MIB"},
    {"mlock", 1, locked_memory, "MIB"},
    {"memory-files", 1, memory_files, "MIB"},
    {"spin", 1, spin, "MS"},
    {"share", 1, share, "PERCENT"},
    {"inotify-instances", 1, watches, "COUNT"},
    {"priority", 0, priority, ""},
    {"real-time", 0, real_time, ""},
    {"raise-limits", 0, raise_limits, ""},
    {0, 0, 0, 0},
};
