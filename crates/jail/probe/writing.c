/* Changing what was not granted for writing. Each act leaves a mark that the test looks for. */
#include "probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char MARK[] = "marked by the probe\n";

static void put(int fd) {
    if (fd < 0)
        refused("open");
    if (write(fd, MARK, sizeof MARK - 1) < 0)
        refused("write");
    done("wrote");
}

static void write_file(int c, char **a) { (void)c, put(open(a[0], O_WRONLY | O_CLOEXEC)); }
static void create(int c, char **a) { (void)c, put(open(a[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)); }

/* A descriptor opened for reading, opened again for writing through its name in /proc. */
static void reopen(int c, char **a) {
    (void)c;
    char path[64];
    int fd = open(a[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    put(open(path, O_WRONLY | O_CLOEXEC));
}

static void truncate_file(int c, char **a) {
    (void)c;
    if (truncate(a[0], 0))
        refused("truncate");
    done("truncated");
}

static void mode(int c, char **a) {
    (void)c;
    if (chmod(a[0], 0777))
        refused("chmod");
    done("changed");
}

static void owner(int c, char **a) {
    (void)c;
    if (chown(a[0], (uid_t)number(a[1]), (gid_t)-1))
        refused("chown");
    done("changed");
}

static void times(int c, char **a) {
    (void)c;
    struct timespec moment[2] = {{1, 0}, {1, 0}};
    if (utimensat(AT_FDCWD, a[0], moment, 0))
        refused("utimensat");
    done("changed");
}

static void attribute(int c, char **a) {
    const char *name = c > 1 ? a[1] : "user.probe", *value = c > 2 ? a[2] : "1";
    if (setxattr(a[0], name, value, strlen(value), 0))
        refused("setxattr");
    done("changed");
}

static void remove_file(int c, char **a) {
    (void)c;
    if (unlink(a[0]))
        refused("unlink");
    done("removed");
}

static void make_directory(int c, char **a) {
    (void)c;
    if (mkdir(a[0], 0755))
        refused("mkdir");
    done("made");
}

static void make_link(int c, char **a) {
    (void)c;
    if (symlink("/etc/passwd", a[0]))
        refused("symlink");
    done("made");
}

static void move(int c, char **a) {
    (void)c;
    if (rename(a[0], a[1]))
        refused("rename");
    done("moved");
}

/* A file without a name is given one. */
static void named_late(int c, char **a) {
    (void)c;
    char path[64];
    int fd = open(a[0], O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
    if (fd < 0)
        refused("open");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, path, AT_FDCWD, a[1], AT_SYMLINK_FOLLOW))
        refused("linkat");
    done("named");
}

/* A writable mapping of a file that could only be opened for reading. */
static void through_mapping(int c, char **a) {
    (void)c;
    int fd = open(a[0], O_RDWR | O_CLOEXEC);
    if (fd < 0 && (fd = open(a[0], O_RDONLY | O_CLOEXEC)) < 0)
        refused("open");
    char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) {
        page = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
        if (page == MAP_FAILED)
            refused("mmap");
        if (mprotect(page, 4096, PROT_READ | PROT_WRITE))
            refused("mprotect");
    }
    memcpy(page, "marked", 6);
    msync(page, 4096, MS_SYNC);
    done("wrote");
}

/* The machine's disk as a device of one's own making. */
static void device_node(int c, char **a) {
    (void)c;
    if (mknod(a[0], S_IFCHR | 0600, makedev((unsigned)number(a[1]), (unsigned)number(a[2]))))
        refused("mknod");
    int fd = open(a[0], O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        int error = errno;
        unlink(a[0]);
        errno = error;
        refused("open");
    }
    unlink(a[0]);
    done("opened");
}

const struct technique writing[] = {
    {"write", 1, write_file, "FILE"},
    {"create", 1, create, "FILE"},
    {"write-reopened", 1, reopen, "FILE"},
    {"write-mapped", 1, through_mapping, "FILE"},
    {"truncate", 1, truncate_file, "FILE"},
    {"chmod", 1, mode, "FILE"},
    {"chown", 2, owner, "FILE UID"},
    {"utimes", 1, times, "FILE"},
    {"setxattr", 1, attribute, "FILE [NAME [VALUE]]"},
    {"unlink", 1, remove_file, "FILE"},
    {"mkdir", 1, make_directory, "DIRECTORY"},
    {"symlink", 1, make_link, "LINK"},
    {"rename", 2, move, "OLD NEW"},
    {"tmpfile", 2, named_late, "DIRECTORY FILE"},
    {"mknod", 3, device_node, "FILE MAJOR MINOR"},
    {0, 0, 0, 0},
};
