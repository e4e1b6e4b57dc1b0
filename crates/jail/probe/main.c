#include "probe.h"

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static void say(const char *word, const char *format, va_list list) {
    char text[8192], line[4 * sizeof text];
    vsnprintf(text, sizeof text, format, list);
    size_t at = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c && at + 5 < sizeof line; c++) {
        if (*c < 32 || *c == 127)
            at += (size_t)snprintf(line + at, 5, "\\x%02x", *c);
        else
            line[at++] = (char)*c;
    }
    line[at] = 0;
    dprintf(1, "%s: %s\n", word, line);
}

void done(const char *format, ...) {
    va_list list;
    va_start(list, format);
    say("done", format, list);
    va_end(list);
    _exit(0);
}

static const char *name_of(int error) {
    const char *name = strerrorname_np(error);
    return name ? name : "?";
}

void refused(const char *call) {
    const char *name = name_of(errno);
    dprintf(1, "refused: %s: %s\n", call, name);
    _exit(REFUSED);
}

void refused_because(const char *call, const char *format, ...) {
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    dprintf(1, "refused: %s: %s\n", call, text);
    _exit(REFUSED);
}

void broken(const char *format, ...) {
    va_list list;
    va_start(list, format);
    say("error", format, list);
    va_end(list);
    _exit(BROKEN);
}

void done_with_content(int fd) {
    char text[4096];
    ssize_t length = read(fd, text, sizeof text - 1);
    if (length < 0)
        refused("read");
    text[length] = 0;
    done("%s", text);
}

void read_and_end(int dirfd, const char *path) {
    int fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        refused("openat");
    done_with_content(fd);
}

long number(const char *text) {
    char *end;
    long value = strtol(text, &end, 0);
    if (*end)
        broken("`%s` is not a number", text);
    return value;
}

long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) < 0 && errno == EINTR)
        ;
}

void ask_the_test(const char *word) {
    char c = 0;
    dprintf(1, "%s\n", word);
    while (read(0, &c, 1) == 1 && c != '\n')
        ;
    if (c != '\n')
        broken("the test hung up");
}

static void write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        broken("%s: %s", path, name_of(errno));
    close(fd);
}

/* Root of namespaces of its own; nothing done in them is seen outside. */
static void become_private(void) {
    char map[64];
    unsigned uid = getuid(), gid = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC))
        broken("unshare: %s", name_of(errno));
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", gid);
    write_file("/proc/self/gid_map", map);
    if (mount("/", "/", 0, MS_REC | MS_PRIVATE, 0))
        broken("mount: %s", name_of(errno));
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    if (ioctl(fd, SIOCSIFFLAGS, &lo))
        broken("SIOCSIFFLAGS: %s", name_of(errno));
    close(fd);
    pid_t child = fork();
    if (child < 0)
        broken("fork: %s", name_of(errno));
    if (child) {
        int status;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    /* A second process: the first of a pid namespace is shielded from signals, which would be no twin. */
    child = fork();
    if (child) {
        int status;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
}

int main(int count, char **arguments) {
    static const struct technique *const families[] = {files,     writing, mounting, executing, inet,  local_sockets, names,
                                                       processes, kernel,  ambient,  exhaustion, races, helpers};
    alarm(20);
    count--, arguments++;
    if (count && !strcmp(arguments[0], "--private")) {
        become_private();
        count--, arguments++;
    }
    for (size_t f = 0; f < sizeof families / sizeof *families; f++)
        for (const struct technique *t = families[f]; t->name; t++) {
            if (!count)
                dprintf(1, "%s %s\n", t->name, t->usage);
            else if (!strcmp(arguments[0], t->name)) {
                if (count - 1 < t->arguments)
                    broken("usage: probe %s %s", t->name, t->usage);
                t->run(count - 1, arguments + 1);
                broken("%s ended without a verdict", t->name);
            }
        }
    if (!count)
        return 0;
    broken("no technique `%s`", arguments[0]);
}
