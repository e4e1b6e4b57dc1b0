/* The kernel's lesser used doors: each call is made in earnest, with arguments that can do no harm. */
#include "probe.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Opens and reads a file with a ring: no openat is made. */
static void ring(int c, char **a) {
    (void)c;
    struct io_uring_params shape = {0};
    int fd = (int)syscall(SYS_io_uring_setup, 4, &shape);
    if (fd < 0)
        refused("io_uring_setup");
    size_t size = shape.sq_off.array + shape.sq_entries * sizeof(unsigned);
    size_t back = shape.cq_off.cqes + shape.cq_entries * sizeof(struct io_uring_cqe);
    char *queue = mmap(0, size > back ? size : back, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
    char *answers = shape.features & IORING_FEAT_SINGLE_MMAP
                        ? queue
                        : mmap(0, back, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
    struct io_uring_sqe *entry = mmap(0, shape.sq_entries * sizeof *entry, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
    if (queue == MAP_FAILED || answers == MAP_FAILED || entry == MAP_FAILED)
        refused("mmap");
    memset(entry, 0, sizeof *entry);
    entry->opcode = IORING_OP_OPENAT;
    entry->fd = AT_FDCWD;
    entry->addr = (uintptr_t)a[0];
    entry->open_flags = O_RDONLY;
    *(unsigned *)(void *)(queue + shape.sq_off.array) = 0;
    __atomic_store_n((unsigned *)(void *)(queue + shape.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) < 0)
        refused("io_uring_enter");
    struct io_uring_cqe *answer = (struct io_uring_cqe *)(void *)(answers + shape.cq_off.cqes);
    if (answer->res < 0) {
        errno = -answer->res;
        refused("IORING_OP_OPENAT");
    }
    done_with_content(answer->res);
}

static void bpf(int c, char **a) {
    (void)c, (void)a;
    union bpf_attr map;
    memset(&map, 0, sizeof map);
    map.map_type = BPF_MAP_TYPE_ARRAY, map.key_size = 4, map.value_size = 8, map.max_entries = 1;
    if (syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map) < 0)
        refused("bpf");
    done("a map");
}

static void perf(int c, char **a) {
    (void)c, (void)a;
    struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_TASK_CLOCK,
                                    .exclude_kernel = 1, .exclude_hv = 1};
    if (syscall(SYS_perf_event_open, &event, 0, -1, -1, 0) < 0)
        refused("perf_event_open");
    done("counting");
}

static void fault_handler(int c, char **a) {
    (void)c, (void)a;
    if (syscall(SYS_userfaultfd, O_CLOEXEC | 1 /* UFFD_USER_MODE_ONLY */) < 0)
        refused("userfaultfd");
    done("handling faults");
}

static void fault_device(int c, char **a) {
    (void)c, (void)a;
    if (open("/dev/userfaultfd", O_RDWR | O_CLOEXEC) < 0)
        refused("open");
    done("opened");
}

/* A key that the test put into the session's keyring. */
static void key_read(int c, char **a) {
    (void)c;
    long key = syscall(SYS_keyctl, 10 /* SEARCH */, -3 /* session */, "user", a[0], 0);
    if (key < 0)
        refused("keyctl");
    char text[256] = "";
    if (syscall(SYS_keyctl, 11 /* READ */, key, text, sizeof text - 1) < 0)
        refused("keyctl");
    done("%s", text);
}

static void key_add(int c, char **a) {
    (void)c, (void)a;
    if (syscall(SYS_add_key, "user", "mantrap-probe", "x", 1, -1 /* thread */) < 0)
        refused("add_key");
    done("added");
}

static void key_request(int c, char **a) {
    (void)c;
    if (syscall(SYS_request_key, "user", a[0], 0, -3) < 0)
        refused("request_key");
    done("found");
}

/* For the test: a session keyring with one key, and a program run under it. */
static void key_session(int c, char **a) {
    if (c < 3)
        broken("key-session NAME TEXT PROGRAM…");
    if (syscall(SYS_keyctl, 1 /* JOIN_SESSION */, 0) < 0)
        broken("keyctl: %d", errno);
    if (syscall(SYS_add_key, "user", a[0], a[1], strlen(a[1]), -3) < 0)
        broken("add_key: %d", errno);
    execv(a[2], a + 2);
    broken("execv: %d", errno);
}

static void modules(int c, char **a) {
    (void)c, (void)a;
    if (syscall(SYS_init_module, "none", 4, "") && errno != ENOEXEC)
        refused("init_module");
    done("the loader looked at it");
}

static void kernel_image(int c, char **a) {
    (void)c, (void)a;
    if (syscall(SYS_kexec_load, 0, 1 << 20, 0, 0) && errno != EINVAL)
        refused("kexec_load");
    done("the loader looked at it");
}

static void kernel_log(int c, char **a) {
    (void)c, (void)a;
    static char text[1 << 16];
    if (syscall(SYS_syslog, 3 /* READ_ALL */, text, sizeof text - 1) < 0)
        refused("syslog");
    done("%.60s", text);
}

static void accounting(int c, char **a) {
    (void)c;
    if (syscall(SYS_acct, a[0]))
        refused("acct");
    syscall(SYS_acct, 0);
    done("accounting");
}

static void swap(int c, char **a) {
    (void)c;
    /* A file that is no swap area: EINVAL comes after the permission. */
    if (syscall(SYS_swapon, a[0], 0) && errno != EINVAL)
        refused("swapon");
    done("the kernel looked at it");
}

/* A restart that is none: the kernel knows no command of this number, and says so only to who may restart. */
static void restart(int c, char **a) {
    (void)c, (void)a;
    if (syscall(SYS_reboot, 0xfee1dead, 672274793, 0x7eadbeef, 0) && errno != EINVAL)
        refused("reboot");
    done("may restart");
}

/* Sets the clock to what it shows. */
static void clock_now(int c, char **a) {
    (void)c, (void)a;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (clock_settime(CLOCK_REALTIME, &now))
        refused("clock_settime");
    done("set");
}

static void clock_adjust(int c, char **a) {
    (void)c, (void)a;
    struct timex now = {0};
    if (adjtimex(&now) < 0)
        refused("adjtimex");
    now.modes = ADJ_FREQUENCY; /* to what it is */
    if (adjtimex(&now) < 0)
        refused("adjtimex");
    done("set");
}

static void host_name(int c, char **a) {
    (void)c;
    if (sethostname(a[0], strlen(a[0])))
        refused("sethostname");
    done("set");
}

static void domain_name(int c, char **a) {
    (void)c;
    if (setdomainname(a[0], strlen(a[0])))
        refused("setdomainname");
    done("set");
}

/* Without randomised addresses the next exploit is easier. */
static void personality_of(int c, char **a) {
    (void)c, (void)a;
    if (personality(ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC) < 0)
        refused("personality");
    done("set");
}

static void quota(int c, char **a) {
    (void)c;
    if (syscall(SYS_quotactl, 0x80000100 /* Q_SYNC */, a[0], 0, 0) && errno != ENOSYS && errno != ENOTBLK && errno != ENOENT)
        refused("quotactl");
    done("the kernel looked at it");
}

static void watch_all(int c, char **a) {
    (void)c, (void)a;
    if (syscall(SYS_fanotify_init, 0x200 /* REPORT_FID */, O_RDONLY) < 0)
        refused("fanotify_init");
    done("watching");
}

static void ports(int c, char **a) {
    (void)c, (void)a;
#ifdef SYS_iopl
    if (syscall(SYS_iopl, 3))
        refused("iopl");
    syscall(SYS_iopl, 0);
    done("has the ports");
#else
    errno = ENOSYS;
    refused("iopl");
#endif
}

/* A segment of 16-bit code, the door of many old bugs. */
static void segments(int c, char **a) {
    (void)c, (void)a;
#ifdef SYS_modify_ldt
    char table[64];
    if (syscall(SYS_modify_ldt, 0, table, sizeof table) < 0)
        refused("modify_ldt");
    done("read it");
#else
    errno = ENOSYS;
    refused("modify_ldt");
#endif
}

static void secret_memory(int c, char **a) {
    (void)c, (void)a;
    if (syscall(447 /* memfd_secret */, 0) < 0)
        refused("memfd_secret");
    done("made");
}

/* The 32-bit door: the same kernel, other numbers. getpid is 20 there. */
static void other_architecture(int c, char **a) {
    (void)c, (void)a;
#ifdef __x86_64__
    pid_t child = fork();
    if (!child) {
        long result;
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
        _exit(result == getpid() ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && !WEXITSTATUS(status))
        done("32-bit calls are answered");
    if (WIFSIGNALED(status))
        refused_because("int80", "ended by signal %d", WTERMSIG(status));
    refused_because("int80", "no answer");
#else
    errno = ENOSYS;
    refused("int80");
#endif
}

/* x32 numbers: those of the 64-bit calls with one bit more. */
static void other_numbers(int c, char **a) {
    (void)c, (void)a;
    pid_t child = fork();
    if (!child)
        _exit(syscall(0x40000000L | SYS_getpid) == getpid() ? 0 : errno == ENOSYS ? 2 : 1);
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        refused_because("x32", "ended by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) == 2) {
        errno = ENOSYS;
        refused("x32");
    }
    done("x32 calls are answered");
}

/* Numbers that no kernel of today has: a new one would come with new calls that nobody judged. */
static void unknown_numbers(int c, char **a) {
    (void)c, (void)a;
    for (long call = 470; call < 1200; call++)
        if (syscall(call, -1L, -1L, -1L, -1L, -1L, -1L) != -1 || (errno != ENOSYS && errno != EPERM))
            done("call %ld answers %d", call, errno);
    errno = ENOSYS;
    refused("syscall");
}

/* A filter of the process's own that answers in the supervisor's place, or takes its listener. */
static void listener(int c, char **a) {
    (void)c, (void)a;
    struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)};
    struct sock_fprog program = {1, all};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    pid_t child = fork();
    if (!child) {
        long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
        /* Every call now waits for an answer that nobody gives: the parent ends it. */
        if (fd < 0)
            _exit(errno);
        for (;;)
            ;
    }
    sleep_ms(200);
    int status;
    if (waitpid(child, &status, WNOHANG) == 0) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        done("a listener of its own");
    }
    errno = WEXITSTATUS(status);
    refused("seccomp");
}

static void move_memory_map(int c, char **a) {
    (void)c, (void)a;
    /* The first step: the size of the map that would replace its own. */
    unsigned size;
    if (prctl(PR_SET_MM, 15 /* MAP_SIZE */, &size, 0, 0))
        refused("prctl");
    done("%u bytes", size);
}

const struct technique kernel[] = {
    {"io-uring", 1, ring, "FILE"},
    {"bpf", 0, bpf, ""},
    {"perf", 0, perf, ""},
    {"userfaultfd", 0, fault_handler, ""},
    {"userfaultfd-device", 0, fault_device, ""},
    {"key-read", 1, key_read, "NAME"},
    {"key-add", 0, key_add, ""},
    {"key-request", 1, key_request, "NAME"},
    {"key-session", 3, key_session, "NAME TEXT PROGRAM…"},
    {"init-module", 0, modules, ""},
    {"kexec", 0, kernel_image, ""},
    {"syslog", 0, kernel_log, ""},
    {"acct", 1, accounting, "FILE"},
    {"swapon", 1, swap, "FILE"},
    {"reboot", 0, restart, ""},
    {"clock-settime", 0, clock_now, ""},
    {"adjtimex", 0, clock_adjust, ""},
    {"sethostname", 1, host_name, "NAME"},
    {"setdomainname", 1, domain_name, "NAME"},
    {"personality", 0, personality_of, ""},
    {"quotactl", 1, quota, "DEVICE"},
    {"fanotify", 0, watch_all, ""},
    {"iopl", 0, ports, ""},
    {"modify-ldt", 0, segments, ""},
    {"memfd-secret", 0, secret_memory, ""},
    {"int80", 0, other_architecture, ""},
    {"x32", 0, other_numbers, ""},
    {"unknown-calls", 0, unknown_numbers, ""},
    {"seccomp-listener", 0, listener, ""},
    {"set-mm", 0, move_memory_map, ""},
    {0, 0, 0, 0},
};
