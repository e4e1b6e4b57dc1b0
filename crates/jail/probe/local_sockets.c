/* Services of the same machine: Unix sockets by path, by abstract name, by datagram; shared memory and queues. */
#include "probe.h"

#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A name that starts with `@` is abstract. */
static socklen_t parse(struct sockaddr_un *to, const char *name) {
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    size_t length = strlen(name);
    if (length >= sizeof to->sun_path)
        broken("`%s` is too long for a socket", name);
    memcpy(to->sun_path, name, length);
    if (name[0] == '@')
        to->sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] != '@'));
}

static int reach(const char *name, int type) {
    struct sockaddr_un to;
    socklen_t length = parse(&to, name);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        refused("socket");
    struct timeval wait = {2, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (connect(fd, (struct sockaddr *)&to, length))
        refused("connect");
    return fd;
}

static void tell(int fd, const char *text) {
    char answer[256];
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
        refused("send");
    ssize_t length = recv(fd, answer, sizeof answer - 1, 0);
    if (length <= 0)
        refused("recv");
    answer[length] = 0;
    done("%s", answer);
}

static void unix_stream(int c, char **a) { (void)c, tell(reach(a[0], SOCK_STREAM), "beacon\n"); }
static void unix_sequence(int c, char **a) { (void)c, tell(reach(a[0], SOCK_SEQPACKET), "beacon\n"); }

static void unix_datagram(int c, char **a) {
    (void)c;
    struct sockaddr_un to;
    socklen_t length = parse(&to, a[0]);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        refused("socket");
    if (sendto(fd, "beacon\n", 7, 0, (struct sockaddr *)&to, length) < 0)
        refused("sendto");
    done("sent");
}

/* A datagram from one end of a pair: sendto is the first call that sees the address. */
static void unix_pair(int c, char **a) {
    (void)c;
    struct sockaddr_un to;
    socklen_t length = parse(&to, a[0]);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends))
        refused("socketpair");
    if (sendto(ends[0], "beacon\n", 7, 0, (struct sockaddr *)&to, length) < 0)
        refused("sendto");
    done("sent");
}

/* The same end of a pair, connected a second time. */
static void unix_pair_again(int c, char **a) {
    (void)c;
    struct sockaddr_un to;
    socklen_t length = parse(&to, a[0]);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends))
        refused("socketpair");
    if (connect(ends[0], (struct sockaddr *)&to, length))
        refused("connect");
    if (send(ends[0], "beacon\n", 7, MSG_NOSIGNAL) < 0)
        refused("send");
    done("sent");
}

/* By a descriptor of its directory: what a filter on paths does not see. */
static void unix_by_descriptor(int c, char **a) {
    (void)c;
    char path[108];
    int fd = open(a[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        refused("open");
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", fd, a[1]);
    tell(reach(path, SOCK_STREAM), "beacon\n");
}

/* By a link of one's own making. */
static void unix_by_link(int c, char **a) {
    (void)c;
    unlink(a[0]);
    if (symlink(a[1], a[0]))
        refused("symlink");
    tell(reach(a[0], SOCK_STREAM), "beacon\n");
}

/* A program that talks to itself, from another directory and by a name without one. */
static void unix_own(int c, char **a) {
    (void)c;
    struct sockaddr_un at;
    socklen_t length = parse(&at, a[0]);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        refused("socket");
    if (bind(listener, (struct sockaddr *)&at, length) || listen(listener, 4))
        refused("bind");
    pid_t child = fork();
    if (!child) {
        int fd = accept(listener, 0, 0);
        char text[64] = "";
        ssize_t got = read(fd, text, sizeof text);
        _exit(got > 0 && write(fd, text, (size_t)got) == got ? 0 : 1);
    }
    char *slash = strrchr(a[0], '/');
    if (slash && a[0][0] == '/') {
        *slash = 0;
        if (chdir(a[0]))
            refused("chdir");
        tell(reach(slash + 1, SOCK_STREAM), "hello\n");
    }
    tell(reach(a[0], SOCK_STREAM), "hello\n");
}

/* What a session bus, a container engine and a key agent are greeted with. */
static void message_bus(int c, char **a) { (void)c, tell(reach(a[0], SOCK_STREAM), "\\0AUTH EXTERNAL 30\r\n"); }

static void container_engine(int c, char **a) {
    (void)c;
    tell(reach(a[0], SOCK_STREAM), "GET /containers/json HTTP/1.1\r\nHost: docker\r\n\r\n");
}

static void key_agent(int c, char **a) {
    (void)c;
    char *path = getenv("SSH_AUTH_SOCK");
    tell(reach(path ? path : a[0], SOCK_STREAM), "\x01\x01\x01\x01\x0b");
}

static void shared_memory(int c, char **a) {
    (void)c;
    int fd = shm_open(a[0], O_RDONLY, 0);
    if (fd < 0)
        refused("shm_open");
    done_with_content(fd);
}

static void system_v(int c, char **a) {
    (void)c;
    int id = shmget((key_t)number(a[0]), 0, 0);
    if (id < 0)
        refused("shmget");
    char *text = shmat(id, 0, SHM_RDONLY);
    if (text == (void *)-1)
        refused("shmat");
    done("%.100s", text);
}

static void queue(int c, char **a) {
    (void)c;
    mqd_t it = mq_open(a[0], O_RDONLY | O_NONBLOCK);
    if (it < 0)
        refused("mq_open");
    char text[8193];
    ssize_t length = mq_receive(it, text, 8192, 0);
    if (length < 0)
        refused("mq_receive");
    text[length] = 0;
    done("%s", text);
}

/* What the test plants for the three above; `remove` as first argument takes it away again. */
static void plant(int c, char **a) {
    if (c < 4)
        broken("plant KEY NAME TEXT put|remove");
    int put = !strcmp(a[3], "put");
    if (!put) {
        int id = shmget((key_t)number(a[0]), 0, 0);
        if (id >= 0)
            shmctl(id, IPC_RMID, 0);
        shm_unlink(a[1]), mq_unlink(a[1]);
        done("removed");
    }
    int id = shmget((key_t)number(a[0]), 4096, IPC_CREAT | IPC_EXCL | 0600);
    char *text = id < 0 ? (void *)-1 : shmat(id, 0, 0);
    if (text == (void *)-1)
        broken("shmget: %d", errno);
    strcpy(text, a[2]);
    int fd = shm_open(a[1], O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0 || write(fd, a[2], strlen(a[2])) < 0)
        broken("shm_open: %d", errno);
    struct mq_attr shape = {.mq_maxmsg = 1, .mq_msgsize = 8192};
    mqd_t it = mq_open(a[1], O_CREAT | O_EXCL | O_WRONLY | O_NONBLOCK, 0600, &shape);
    if (it < 0 || mq_send(it, a[2], strlen(a[2]), 0))
        broken("mq_open: %d", errno);
    done("planted");
}

const struct technique local_sockets[] = {
    {"unix-stream", 1, unix_stream, "PATH|@NAME"},
    {"unix-seqpacket", 1, unix_sequence, "PATH|@NAME"},
    {"unix-dgram", 1, unix_datagram, "PATH|@NAME"},
    {"unix-pair", 1, unix_pair, "PATH|@NAME"},
    {"unix-pair-again", 1, unix_pair_again, "PATH|@NAME"},
    {"unix-fd", 2, unix_by_descriptor, "DIRECTORY NAME"},
    {"unix-link", 2, unix_by_link, "LINK PATH"},
    {"unix-own", 1, unix_own, "PATH|@NAME"},
    {"dbus", 1, message_bus, "PATH|@NAME"},
    {"docker", 1, container_engine, "PATH"},
    {"ssh-agent", 1, key_agent, "PATH"},
    {"shm", 1, shared_memory, "NAME"},
    {"sysv-shm", 1, system_v, "KEY"},
    {"mqueue", 1, queue, "NAME"},
    {"plant-ipc", 4, plant, "KEY NAME TEXT put|remove"},
    {0, 0, 0, 0},
};
