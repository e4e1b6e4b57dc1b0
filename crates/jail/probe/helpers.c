/* What the tests need beside the acts: victims, terminals, a small world with a network of its own. */
#include "probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

static void told(int signal_number) {
    (void)signal_number;
    static const char word[] = "signalled\n";
    if (write(1, word, sizeof word - 1) < 0)
        _exit(1);
}

/* Somebody to be attacked. Prints `victim PID ADDRESS FD`, then a line for each signal; ends when its input does. */
static void victim(int c, char **a) {
    (void)c;
    char *secret = malloc(256);
    struct sigaction handler = {.sa_handler = told, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &handler, 0);
    sigaction(SIGIO, &handler, 0);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    prctl(PR_SET_NAME, "probe-victim", 0, 0, 0);
    int fd = open(a[0], O_RDONLY);
    if (fd < 0 || pread(fd, secret, 255, 0) < 0)
        broken("open %s: %d", a[0], errno);
    dprintf(1, "victim %d %p %d\n", getpid(), (void *)secret, fd);
    char line[16];
    while (read(0, line, sizeof line) > 0)
        dprintf(1, "holds %.40s\n", secret);
    _exit(0);
}

/* Runs a program on a terminal of its own and reports whether TEXT was typed into it by somebody. */
static void terminal(int c, char **a) {
    if (c < 2)
        broken("pty TEXT PROGRAM…");
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) || unlockpt(master))
        broken("posix_openpt: %d", errno);
    int out[2];
    if (pipe(out))
        broken("pipe: %d", errno);
    pid_t child = fork();
    if (!child) {
        setsid();
        int slave = open(ptsname(master), O_RDWR);
        struct termios plain;
        tcgetattr(slave, &plain);
        plain.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(slave, TCSANOW, &plain);
        ioctl(slave, TIOCSCTTY, 0);
        dup2(slave, 0);
        dup2(out[1], 1);
        close(out[0]), close(out[1]);
        pid_t program = fork();
        if (!program) {
            execv(a[1], a + 1);
            _exit(127);
        }
        /* This one stays the terminal's session leader, as a shell does, and reads what was typed afterwards. */
        int status;
        waitpid(program, &status, 0);
        char typed[256] = "";
        struct pollfd wait = {0, POLLIN, 0};
        int got = poll(&wait, 1, 150) == 1 && read(0, typed, sizeof typed - 1) > 0;
        dprintf(1, "typed: %s\n", got && strstr(typed, a[0]) ? "yes" : "no");
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
    close(out[1]);
    char text[4096];
    ssize_t part;
    while ((part = read(out[0], text, sizeof text)) > 0)
        if (write(1, text, (size_t)part) < 0)
            break;
    int status;
    waitpid(child, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* Gives a file a capability, as an administrator might. */
static void file_capability(int c, char **a) {
    (void)c;
    struct vfs_cap_data capability = {.magic_etc = VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE};
    capability.data[0].permitted = 1u << CAP_NET_RAW;
    if (setxattr(a[0], "security.capability", &capability, sizeof capability, 0))
        broken("setxattr: %d", errno);
    done("given");
}

/* A program with a descriptor that should not be there: what careless starters do. */
static void leak(int c, char **a) {
    if (c < 2)
        broken("leak FILE PROGRAM…");
    int fd = open(a[0], O_RDONLY);
    if (fd < 0)
        broken("open %s: %d", a[0], errno);
    dup2(fd, 9), dup2(fd, 100);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        broken("socketpair: %d", errno);
    execv(a[1], a + 1);
    broken("execv: %d", errno);
}

/*
 * A route that makes every address of a family lead here. The preferred source keeps them from counting as this
 * machine's own: who asks for the way to one is told loopback's address, as a machine on a network is told its own.
 */
static void any_address(int family) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    unsigned size = family == AF_INET ? 4 : 16;
    struct {
        struct nlmsghdr head;
        struct rtmsg route;
        struct rtattr device;
        int index;
        struct rtattr from;
        unsigned char source[16];
    } ask = {.head = {(unsigned)(sizeof ask - sizeof ask.source) + size,
                      RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 1, 0},
             .route = {.rtm_family = (unsigned char)family, .rtm_table = RT_TABLE_LOCAL, .rtm_protocol = RTPROT_BOOT,
                       .rtm_scope = family == AF_INET ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE, .rtm_type = RTN_LOCAL},
             .device = {8, RTA_OIF},
             .index = (int)if_nametoindex("lo"),
             .from = {(unsigned short)(4 + size), RTA_PREFSRC}};
    if (inet_pton(family, family == AF_INET ? "127.0.0.1" : "::1", ask.source) != 1)
        broken("inet_pton");
    char answer[1024];
    if (send(fd, &ask, ask.head.nlmsg_len, 0) < 0 || recv(fd, answer, sizeof answer, 0) < 0)
        broken("netlink: %d", errno);
    struct nlmsgerr *error = NLMSG_DATA((struct nlmsghdr *)(void *)answer);
    if (error->error)
        broken("RTM_NEWROUTE: %d", -error->error);
    close(fd);
}

/*
 * Answers every connection to any address on the port, and every datagram, with the address that was asked for:
 * `heard ADDRESS`. What it receives is written to FILE, one line each with the address in front.
 */
static void serve(int port, const char *log) {
    int file = open(log, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
    int stream = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, off = 0;
    int datagram = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 all = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in all4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    setsockopt(stream, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    setsockopt(stream, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(datagram, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
    if (file < 0 || bind(stream, (struct sockaddr *)&all, sizeof all) || listen(stream, 1024) ||
        bind(datagram, (struct sockaddr *)&all4, sizeof all4))
        broken("serve: %d", errno);
    if (fork())
        return;
    alarm(60);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        struct pollfd wait[2] = {{stream, POLLIN, 0}, {datagram, POLLIN, 0}};
        if (poll(wait, 2, -1) < 1)
            continue;
        char text[2048], where[64] = "";
        if (wait[1].revents & POLLIN) {
            /* The answer comes from the address that was asked: the same control message sends it from there. */
            struct sockaddr_in from;
            char control[256];
            struct iovec part = {text, sizeof text - 1};
            struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1,
                                     .msg_control = control, .msg_controllen = sizeof control};
            ssize_t got = recvmsg(datagram, &message, 0);
            if (got >= 0) {
                dprintf(file, "udp %zd bytes\n", got);
                struct cmsghdr *head = CMSG_FIRSTHDR(&message);
                if (head && head->cmsg_type == IP_PKTINFO) {
                    struct in_pktinfo *info = (struct in_pktinfo *)(void *)CMSG_DATA(head);
                    info->ipi_spec_dst = info->ipi_addr;
                    info->ipi_ifindex = 0;
                }
                part = (struct iovec){(char *)"heard", 5};
                sendmsg(datagram, &message, 0);
            }
        }
        if (!(wait[0].revents & POLLIN))
            continue;
        int peer = accept4(stream, 0, 0, SOCK_CLOEXEC);
        if (peer < 0)
            continue;
        if (fork()) {
            close(peer);
            while (waitpid(-1, 0, WNOHANG) > 0)
                ;
            continue;
        }
        alarm(10);
        struct sockaddr_in6 self;
        socklen_t length = sizeof self;
        getsockname(peer, (struct sockaddr *)&self, &length);
        inet_ntop(AF_INET6, &self.sin6_addr, where, sizeof where);
        ssize_t got = recv(peer, text, sizeof text - 1, 0);
        if (got > 0) {
            dprintf(file, "tcp %s %zd bytes%s\n", where, got, memmem(text, (size_t)got, "beacon", 6) ? " beacon" : "");
            char answer[128];
            int size = snprintf(answer, sizeof answer, "heard %s\n", where);
            send(peer, answer, (size_t)size, MSG_NOSIGNAL);
            while (recv(peer, text, sizeof text, 0) > 0)
                ;
        }
        _exit(0);
    }
}

/*
 * world HOSTS PORT LOG PROGRAM…: a machine that is alone in a world where one server answers at every address. Its
 * host names are those of the file HOSTS. PROGRAM runs there as the same user, in no other namespace than those of
 * mounts and network.
 */
static void world(int c, char **a) {
    if (c < 4)
        broken("world HOSTS PORT LOG PROGRAM…");
    unsigned uid = getuid(), gid = getgid();
    int flags = CLONE_NEWNS | CLONE_NEWNET | (uid ? CLONE_NEWUSER : 0);
    if (unshare(flags))
        broken("unshare: %d", errno);
    if (uid) {
        char map[64];
        static const char *const maps[] = {"/proc/self/setgroups", "/proc/self/uid_map", "/proc/self/gid_map"};
        for (int i = 0; i < 3; i++) {
            unsigned id = i == 1 ? uid : gid;
            snprintf(map, sizeof map, "%u %u 1", id, id);
            int fd = open(maps[i], O_WRONLY | O_CLOEXEC);
            const char *text = i ? map : "deny";
            if (fd < 0 || write(fd, text, strlen(text)) < 0)
                broken("%s: %d", maps[i], errno);
            close(fd);
        }
    }
    if (mount("/", "/", 0, MS_REC | MS_PRIVATE, 0) || mount(a[0], "/etc/hosts", 0, MS_BIND, 0))
        broken("mount: %d", errno);
    /* Only the file answers: a question to a name server of this world would wait for nobody. */
    char conf[4096];
    snprintf(conf, sizeof conf, "%s.conf", a[0]);
    int fd = open(conf, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    dprintf(fd, "hosts: files\n");
    close(fd);
    if (mount(conf, "/etc/nsswitch.conf", 0, MS_BIND, 0))
        broken("mount nsswitch.conf: %d", errno);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    if (ioctl(fd, SIOCSIFFLAGS, &lo))
        broken("SIOCSIFFLAGS: %d", errno);
    close(fd);
    any_address(AF_INET);
    any_address(AF_INET6);
    serve((int)number(a[1]), a[2]);
    alarm(40);
    if (uid) /* back to an ordinary user's lack of rights */
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    pid_t child = fork();
    if (!child) {
        execv(a[3], a + 3);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* Swaps two paths with each other as fast as it goes, until its input ends. */
static void swap_paths(int c, char **a) {
    (void)c;
    fcntl(0, F_SETFL, O_NONBLOCK);
    dprintf(1, "swapping\n");
    char byte;
    while (read(0, &byte, 1) != 0)
        for (int i = 0; i < 50; i++)
            renameat2(AT_FDCWD, a[0], AT_FDCWD, a[1], 2 /* RENAME_EXCHANGE */);
    done("swapped");
}

const struct technique helpers[] = {
    {"victim", 1, victim, "FILE"},
    {"pty", 2, terminal, "TEXT PROGRAM…"},
    {"file-capability", 1, file_capability, "FILE"},
    {"leak", 2, leak, "FILE PROGRAM…"},
    {"world", 4, world, "HOSTS PORT LOG PROGRAM…"},
    {"swap", 2, swap_paths, "ONE OTHER"},
    {0, 0, 0, 0},
};
