/* Reading what was not granted, by every route that leads to a file. */
#include "probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void read_file(int count, char **a) { (void)count, read_and_end(AT_FDCWD, a[0]); }

static void read_openat2(int count, char **a) {
    (void)count;
    struct open_how how = {.flags = O_RDONLY};
    long fd = syscall(SYS_openat2, AT_FDCWD, a[0], &how, sizeof how);
    if (fd < 0)
        refused("openat2");
    done_with_content((int)fd);
}

static void look(int count, char **a) {
    (void)count;
    struct stat there;
    if (stat(a[0], &there))
        refused("stat");
    done("%s is there, %ld bytes", a[0], (long)there.st_size);
}

static void list(int count, char **a) {
    (void)count;
    DIR *directory = opendir(a[0]);
    if (!directory)
        refused("opendir");
    char found[4096] = "";
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2)
            if (strlen(found) + strlen(entry->d_name) + 2 < sizeof found)
                strcat(strcat(found, " "), entry->d_name);
    if (!found[0])
        refused_because("readdir", "empty");
    done("%s", found);
}

/* From a directory that may be entered, up as far as it goes, and down again. */
static void dotdot(int count, char **a) {
    (void)count;
    char path[4096] = "";
    int fd = open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        broken("open %s: %d", a[0], errno);
    for (int level = 0; level < 64; level++)
        strcat(path, "../");
    strcat(path, a[1]);
    read_and_end(fd, path);
}

static void through_symlink(int count, char **a) {
    (void)count;
    if (symlink(a[0], a[1]))
        broken("symlink: %d", errno);
    read_and_end(AT_FDCWD, a[1]);
}

static void through_hard_link(int count, char **a) {
    (void)count;
    if (link(a[0], a[1]))
        refused("link");
    read_and_end(AT_FDCWD, a[1]);
}

/* The same through a descriptor: linkat follows /proc/self/fd. */
static void through_hard_link_of_descriptor(int count, char **a) {
    (void)count;
    char from[64];
    int fd = open(a[0], O_PATH | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, from, AT_FDCWD, a[1], AT_SYMLINK_FOLLOW))
        refused("linkat");
    read_and_end(AT_FDCWD, a[1]);
}

static void rename_into(int count, char **a) {
    (void)count;
    if (rename(a[0], a[1]))
        refused("rename");
    read_and_end(AT_FDCWD, a[1]);
}

static void exchange_into(int count, char **a) {
    (void)count;
    int fd = open(a[1], O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        broken("create %s: %d", a[1], errno);
    if (syscall(SYS_renameat2, AT_FDCWD, a[0], AT_FDCWD, a[1], 2 /* RENAME_EXCHANGE */))
        refused("renameat2");
    read_and_end(AT_FDCWD, a[1]);
}

/* The same file seen through every process that can be seen: LINK is `root` or `cwd`. */
static void through_processes(int count, char **a) {
    (void)count;
    DIR *proc = opendir("/proc");
    if (!proc)
        refused("opendir");
    int last = ENOENT, tried = 0;
    for (struct dirent *entry; (entry = readdir(proc)) && tried < 4096;) {
        char path[4500];
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || atoi(entry->d_name) == getpid())
            continue;
        tried++;
        snprintf(path, sizeof path, "/proc/%s/%s/%s", entry->d_name, a[0], a[1]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
            done_with_content(fd);
        last = errno;
    }
    errno = last;
    refused("open");
}

/* Anything that any process holds open: read it, or climb from it. */
static void through_descriptors(int count, char **a) {
    (void)count;
    DIR *proc = opendir("/proc");
    if (!proc)
        refused("opendir");
    int last = ENOENT;
    for (struct dirent *entry; (entry = readdir(proc));) {
        char path[600];
        int pid = atoi(entry->d_name);
        if (!pid || pid == getpid())
            continue;
        for (int number = 0; number < 64; number++) {
            snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, number);
            int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
            if (fd < 0) {
                if (errno != ENOENT)
                    last = errno;
                continue;
            }
            char text[4096];
            struct stat kind;
            ssize_t length = fstat(fd, &kind) || !S_ISREG(kind.st_mode) ? 0 : pread(fd, text, sizeof text - 1, 0);
            if (length > 0) {
                text[length] = 0;
                if (strstr(text, a[0]))
                    done("%s", text);
            }
            close(fd);
        }
    }
    errno = last;
    refused("open");
}

/* Its own root, working directory and descriptors, in the spellings that filters forget. */
static void own_proc(int count, char **a) {
    (void)count;
    static const char *const starts[] = {"/proc/self/root", "/proc/thread-self/root", "/proc/self/cwd/../../../../../../../..",
                                         "/proc/self/task/../root", "//", "/./", "/proc/1/root", "/proc/1/cwd"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s%s", starts[i], a[0]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
            done_with_content(fd);
    }
    refused("open");
}

/* The handle of a file, made where the file can be seen, for the one below. */
static void handle_make(int count, char **a) {
    (void)count;
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } it = {.handle.handle_bytes = MAX_HANDLE_SZ};
    int mount;
    if (name_to_handle_at(AT_FDCWD, a[0], &it.handle, &mount, 0))
        broken("name_to_handle_at: %d", errno);
    char text[2 * MAX_HANDLE_SZ + 1] = "";
    for (unsigned i = 0; i < it.handle.handle_bytes; i++)
        sprintf(text + 2 * i, "%02x", it.handle.f_handle[i]);
    done("%d %s", it.handle.handle_type, text);
}

/* Opens a file by its handle, from any directory of its file system: no path is looked at. */
static void handle_open(int count, char **a) {
    (void)count;
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    } it = {.handle.handle_type = (int)number(a[1])};
    for (const char *hex = a[2]; hex[0] && hex[1] && it.handle.handle_bytes < MAX_HANDLE_SZ; hex += 2) {
        unsigned byte;
        sscanf(hex, "%2x", &byte);
        it.handle.f_handle[it.handle.handle_bytes++] = (unsigned char)byte;
    }
    int mount = open(a[0], O_RDONLY | O_CLOEXEC);
    if (mount < 0)
        broken("open %s: %d", a[0], errno);
    int fd = open_by_handle_at(mount, &it.handle, O_RDONLY);
    if (fd < 0)
        refused("open_by_handle_at");
    done_with_content(fd);
}

/* A directory that somebody outside moves out of the granted tree while it is held open. */
static void disconnected(int count, char **a) {
    (void)count;
    int fd = open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        broken("open %s: %d", a[0], errno);
    ask_the_test("holding");
    read_and_end(fd, a[1]);
}

/* The same by working directory, and upwards one step at a time. */
static void disconnected_directory_of_work(int count, char **a) {
    (void)count;
    if (chdir(a[0]))
        broken("chdir %s: %d", a[0], errno);
    ask_the_test("holding");
    for (int level = 0; level < 16; level++) {
        int fd = open(a[1], O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
            done_with_content(fd);
        if (chdir(".."))
            refused("chdir");
    }
    errno = ENOENT;
    refused("open");
}

/* A new file put into a directory that is held open while somebody makes it part of another tree. */
static void disconnected_write(int count, char **a) {
    (void)count;
    int fd = open(a[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        broken("open %s: %d", a[0], errno);
    ask_the_test("holding");
    int up = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (up < 0)
        refused("openat");
    int file = openat(up, a[1], O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0)
        refused("openat");
    done("wrote beside it");
}

static void watch(int count, char **a) {
    (void)count;
    int fd = inotify_init1(IN_CLOEXEC);
    if (fd < 0)
        refused("inotify_init1");
    if (inotify_add_watch(fd, a[0], IN_ALL_EVENTS) < 0)
        refused("inotify_add_watch");
    done("watching");
}

static void mapped(int count, char **a) {
    (void)count;
    int fd = open(a[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    char *text = mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED)
        refused("mmap");
    done("%.200s", text);
}

/* Which devices, of all that a machine may have, can be opened. */
static void devices(int count, char **a) {
    char got[1024] = "";
    for (int i = 0; i < count; i++) {
        int fd = open(a[i], O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0 && strlen(got) + strlen(a[i]) + 2 < sizeof got)
            strcat(strcat(got, " "), a[i]);
    }
    if (!got[0])
        refused("open");
    done("%s", got);
}

const struct technique files[] = {
    {"read", 1, read_file, "FILE"},
    {"read-openat2", 1, read_openat2, "FILE"},
    {"read-mapped", 1, mapped, "FILE"},
    {"stat", 1, look, "FILE"},
    {"list", 1, list, "DIRECTORY"},
    {"read-dotdot", 2, dotdot, "DIRECTORY FILE"},
    {"read-symlink", 2, through_symlink, "FILE LINK"},
    {"read-hard-link", 2, through_hard_link, "FILE LINK"},
    {"read-hard-link-fd", 2, through_hard_link_of_descriptor, "FILE LINK"},
    {"read-renamed", 2, rename_into, "FILE NEW"},
    {"read-exchanged", 2, exchange_into, "FILE NEW"},
    {"read-proc", 2, through_processes, "root|cwd FILE"},
    {"read-proc-fd", 1, through_descriptors, "CONTENT"},
    {"read-own-proc", 1, own_proc, "FILE"},
    {"handle-make", 1, handle_make, "FILE"},
    {"handle-open", 3, handle_open, "DIRECTORY TYPE HEX"},
    {"disconnected", 2, disconnected, "DIRECTORY RELATIVE"},
    {"disconnected-cwd", 2, disconnected_directory_of_work, "DIRECTORY RELATIVE"},
    {"disconnected-write", 2, disconnected_write, "DIRECTORY NAME"},
    {"watch", 1, watch, "FILE"},
    {"devices", 1, devices, "FILE…"},
    {0, 0, 0, 0},
};
