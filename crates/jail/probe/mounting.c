/* Making another view of the machine: mounts, roots, namespaces. */
#include "probe.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

static void bind(int c, char **a) {
    (void)c;
    if (mount(a[0], a[1], 0, MS_BIND | MS_REC, 0))
        refused("mount");
    done("bound");
}

static void overlay(int c, char **a) {
    (void)c;
    char options[4096];
    snprintf(options, sizeof options, "lowerdir=%s:/usr", a[0]);
    if (mount("overlay", a[1], "overlay", 0, options))
        refused("mount");
    done("laid over");
}

static void temporary(int c, char **a) {
    (void)c;
    if (mount("none", a[0], "tmpfs", 0, 0))
        refused("mount");
    done("mounted");
}

static void proc(int c, char **a) {
    (void)c;
    if (mount("proc", a[0], "proc", 0, 0))
        refused("mount");
    done("mounted");
}

static void cgroup(int c, char **a) {
    (void)c;
    if (mount("none", a[0], "cgroup2", 0, 0) && mount("none", a[0], "cgroup", 0, "none,name=probe"))
        refused("mount");
    done("mounted");
}

/* A read-only place made writable, and the mark put there. */
static void remount(int c, char **a) {
    (void)c;
    if (mount(0, a[0], 0, MS_REMOUNT | MS_BIND, 0))
        refused("mount");
    done("remounted");
}

static void set_attributes(int c, char **a) {
    (void)c;
    struct {
        uint64_t set, clear, propagation, userns;
    } attributes = {.clear = 1 /* MOUNT_ATTR_RDONLY */};
    if (syscall(442 /* mount_setattr */, AT_FDCWD, a[0], 0, &attributes, sizeof attributes))
        refused("mount_setattr");
    done("cleared");
}

static void unmount(int c, char **a) {
    (void)c;
    mount("none", a[0], "tmpfs", 0, 0); /* where that can be done, there is something to take away */
    if (umount2(a[0], MNT_DETACH))
        refused("umount2");
    done("unmounted");
}

static void clone_tree(int c, char **a) {
    (void)c;
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, a[0], OPEN_TREE_CLONE | O_CLOEXEC);
    if (fd < 0)
        refused("open_tree");
    if (syscall(SYS_move_mount, fd, "", AT_FDCWD, a[1], 4 /* MOVE_MOUNT_F_EMPTY_PATH */))
        refused("move_mount");
    done("moved");
}

static void new_file_system(int c, char **a) {
    (void)c, (void)a;
    int fd = (int)syscall(SYS_fsopen, "tmpfs", 0);
    if (fd < 0)
        refused("fsopen");
    if (syscall(SYS_fsconfig, fd, 6 /* CMD_CREATE */, 0, 0, 0))
        refused("fsconfig");
    int made = (int)syscall(SYS_fsmount, fd, 0, 0);
    if (made < 0)
        refused("fsmount");
    done("mounted");
}

/* The classic way out of a chroot: change root below an open directory, then climb. */
static void out_of_chroot(int c, char **a) {
    (void)c;
    int top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (chroot(a[0]))
        refused("chroot");
    if (fchdir(top))
        refused("fchdir");
    for (int level = 0; level < 64; level++)
        if (chdir(".."))
            break;
    read_and_end(AT_FDCWD, a[1][0] == '/' ? a[1] + 1 : a[1]);
}

static void turn_root(int c, char **a) {
    (void)c;
    if (mount(a[0], a[0], 0, MS_BIND, 0))
        refused("mount");
    if (chdir(a[0]) || syscall(SYS_pivot_root, ".", "."))
        refused("pivot_root");
    done("turned");
}

/* Only the last step of it, for a place where something is mounted already. */
static void turn_root_bare(int c, char **a) {
    (void)c;
    if (chdir(a[0]) || syscall(SYS_pivot_root, ".", "."))
        refused("pivot_root");
    done("turned");
}

/* A user namespace of one's own gives every capability inside it. By three calls. */
static void user_namespace(int c, char **a) {
    (void)c, (void)a;
    if (unshare(CLONE_NEWUSER))
        refused("unshare");
    done("root of a user namespace");
}

static void user_namespace_by_clone(int c, char **a) {
    (void)c, (void)a;
    long child = syscall(SYS_clone, CLONE_NEWUSER | 17 /* SIGCHLD */, 0, 0, 0, 0);
    if (child < 0)
        refused("clone");
    if (!child)
        _exit(0);
    waitpid((pid_t)child, 0, 0);
    done("root of a user namespace");
}

static void user_namespace_by_clone3(int c, char **a) {
    (void)c, (void)a;
    uint64_t arguments[8] = {CLONE_NEWUSER, 0, 0, 0, 17 /* SIGCHLD */};
    long child = syscall(435 /* clone3 */, arguments, sizeof arguments);
    if (child < 0)
        refused("clone3");
    if (!child)
        _exit(0);
    waitpid((pid_t)child, 0, 0);
    done("root of a user namespace");
}

static void mount_namespace(int c, char **a) {
    (void)c, (void)a;
    if (unshare(CLONE_NEWNS))
        refused("unshare");
    done("a mount namespace");
}

static void network_namespace(int c, char **a) {
    (void)c, (void)a;
    if (unshare(CLONE_NEWNET))
        refused("unshare");
    done("a network namespace");
}

/* Into the namespace of another process, or of its own: /proc/PID/ns/KIND. */
static void enter(int c, char **a) {
    (void)c;
    char path[128];
    snprintf(path, sizeof path, "/proc/%s/ns/%s", a[0], a[1]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    if (setns(fd, 0))
        refused("setns");
    done("entered");
}

/* A process's mounts, by number: what the machine has mounted where. */
static void list_mounts(int c, char **a) {
    (void)c;
    char text[65536];
    int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    ssize_t length = 0, part;
    while (length < (ssize_t)sizeof text - 1 && (part = read(fd, text + length, sizeof text - 1 - (size_t)length)) > 0)
        length += part;
    text[length] = 0;
    char *found = strstr(text, a[0]);
    if (!found)
        refused_because("read", "not mentioned");
    done("%.80s", found);
}

const struct technique mounting[] = {
    {"bind", 2, bind, "FROM TO"},
    {"overlay", 2, overlay, "LOWER TO"},
    {"mount-tmpfs", 1, temporary, "TO"},
    {"mount-proc", 1, proc, "TO"},
    {"mount-cgroup", 1, cgroup, "TO"},
    {"remount", 1, remount, "MOUNT"},
    {"mount-setattr", 1, set_attributes, "MOUNT"},
    {"umount", 1, unmount, "MOUNT"},
    {"open-tree", 2, clone_tree, "FROM TO"},
    {"fsopen", 0, new_file_system, ""},
    {"chroot", 2, out_of_chroot, "DIRECTORY FILE"},
    {"pivot-root", 1, turn_root, "DIRECTORY"},
    {"pivot-root-bare", 1, turn_root_bare, "DIRECTORY"},
    {"userns", 0, user_namespace, ""},
    {"userns-clone", 0, user_namespace_by_clone, ""},
    {"userns-clone3", 0, user_namespace_by_clone3, ""},
    {"mountns", 0, mount_namespace, ""},
    {"netns", 0, network_namespace, ""},
    {"setns", 2, enter, "PID KIND"},
    {"mountinfo", 1, list_mounts, "TEXT"},
    {0, 0, 0, 0},
};
