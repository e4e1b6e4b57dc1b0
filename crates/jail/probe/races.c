/* Arguments that change while they are looked at, and floods of refusals. */
#include "probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char path[4096];
static const char *first, *second;
static volatile int over;

static void *flip_path(void *none) {
    (void)none;
    while (!over) {
        strcpy(path, first);
        strcpy(path, second);
    }
    return 0;
}

/* One thread opens, the other exchanges the path between what is granted and what is not. */
static void flipped_path(int c, char **a) {
    (void)c;
    first = a[0], second = a[1];
    long until = now_ms() + number(a[3]);
    pthread_t other;
    pthread_create(&other, 0, flip_path, 0);
    long tries = 0;
    while (now_ms() < until) {
        tries++;
        int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        char text[512];
        ssize_t length = read(fd, text, sizeof text - 1);
        close(fd);
        text[length > 0 ? length : 0] = 0;
        if (strstr(text, a[2]))
            done("%s", text);
    }
    refused_because("openat", "never within %s ms", a[3]);
}

static struct sockaddr_in wanted;
static struct in_addr granted_address, other_address;

static void *flip_address(void *none) {
    (void)none;
    while (!over) {
        wanted.sin_addr = granted_address;
        wanted.sin_addr = other_address;
    }
    return 0;
}

static void flipped_address(int c, char **a) {
    (void)c;
    wanted.sin_family = AF_INET, wanted.sin_port = htons((uint16_t)number(a[2]));
    inet_pton(AF_INET, a[0], &granted_address), inet_pton(AF_INET, a[1], &other_address);
    long until = now_ms() + number(a[3]);
    pthread_t other;
    pthread_create(&other, 0, flip_address, 0);
    while (now_ms() < until) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
            refused("socket");
        char answer[64] = "";
        struct timeval wait = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        if (!connect(fd, (struct sockaddr *)&wanted, sizeof wanted) && send(fd, "beacon\n", 7, MSG_NOSIGNAL) == 7 &&
            recv(fd, answer, sizeof answer - 1, 0) > 0 && !strncmp(answer, a[4], strlen(a[4])))
            done("%s", answer);
        close(fd);
    }
    refused_because("connect", "never within %s ms", a[3]);
}

static struct sockaddr_un peer;

static void *flip_peer(void *none) {
    (void)none;
    while (!over) {
        strcpy(peer.sun_path, first);
        strcpy(peer.sun_path, second);
    }
    return 0;
}

static int own_listener;

static void *accept_own(void *none) {
    (void)none;
    for (;;)
        close(accept(own_listener, 0, 0));
    return 0;
}

static int beacon(int fd) {
    char answer[64] = "";
    struct timeval wait = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    return send(fd, "beacon\n", 7, MSG_NOSIGNAL) == 7 && recv(fd, answer, sizeof answer, 0) > 0;
}

/* One thread connects, the other exchanges the path between a socket of one's own and one that is not granted. */
static void flipped_socket(int c, char **a) {
    (void)c;
    first = a[0], second = a[1];
    peer.sun_family = AF_UNIX;
    strcpy(peer.sun_path, first);
    unlink(first);
    own_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(own_listener, (struct sockaddr *)&peer, sizeof peer) || listen(own_listener, 100))
        refused("bind");
    pthread_t acceptor, other;
    pthread_create(&acceptor, 0, accept_own, 0), pthread_create(&other, 0, flip_peer, 0);
    long until = now_ms() + number(a[2]), connected = 0;
    while (now_ms() < until) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int made = !connect(fd, (struct sockaddr *)&peer, sizeof peer);
        connected += made;
        if (made && beacon(fd))
            done("reached it");
        close(fd);
    }
    refused_because("connect", "never within %s ms; %ld times its own", a[2], connected);
}

static int exchanged;

static void *exchange_socket(void *none) {
    (void)none;
    int network = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    while (!over) {
        int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        dup2(network, exchanged);
        dup2(local, exchanged);
        close(local);
    }
    return 0;
}

/* One thread connects, the other exchanges the socket beneath the descriptor: one that no path could lead to the host. */
static void exchanged_socket(int c, char **a) {
    (void)c;
    peer.sun_family = AF_UNIX;
    strcpy(peer.sun_path, a[0]);
    exchanged = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t other;
    pthread_create(&other, 0, exchange_socket, 0);
    long until = now_ms() + number(a[1]);
    while (now_ms() < until) {
        connect(exchanged, (struct sockaddr *)&peer, sizeof peer);
        if (beacon(exchanged))
            done("reached it");
    }
    refused_because("connect", "never within %s ms", a[1]);
}

/* Refused calls without end from several threads: whoever answers them must stand it. */
static void *refuse_much(void *name) {
    for (int i = 0; i < 5000; i++) {
        char changing[600];
        snprintf(changing, sizeof changing, "/nowhere/%s/%d/\x1b[31m\xff\n%0*d", (const char *)name, i, i % 400, 0);
        syscall(SYS_mount, changing, changing, "tmpfs", 0, 0);
        syscall(SYS_ptrace, 16, i, 0, 0);
        syscall(SYS_openat, AT_FDCWD, (void *)(uintptr_t)(i * 4096ul), O_RDONLY);
        syscall(SYS_openat, -7, changing, O_RDONLY);
        syscall(SYS_bpf, i, (void *)-1L, 1 << 30);
    }
    return 0;
}

static void flood(int c, char **a) {
    (void)c, (void)a;
    pthread_t one, two, three;
    pthread_create(&one, 0, refuse_much, "a"), pthread_create(&two, 0, refuse_much, "b"), pthread_create(&three, 0, refuse_much, "c");
    pthread_join(one, 0), pthread_join(two, 0), pthread_join(three, 0);
    done("flooded");
}

/* Processes that die while a call of theirs is being judged. */
static void die_while_judged(int c, char **a) {
    (void)c, (void)a;
    for (int i = 0; i < 400; i++) {
        pid_t child = fork();
        if (child < 0)
            refused("fork");
        if (!child) {
            for (;;) {
                syscall(SYS_ptrace, 16, 1, 0, 0);
                open("/nowhere", O_RDONLY | O_CLOEXEC);
            }
        }
        usleep(200 + (unsigned)i % 300);
        kill(child, 9);
        waitpid(child, 0, 0);
    }
    done("died often");
}

const struct technique races[] = {
    {"flip-path", 4, flipped_path, "GRANTED OTHER CONTENT MS"},
    {"flip-address", 5, flipped_address, "GRANTED OTHER PORT MS ANSWER"},
    {"flip-socket", 3, flipped_socket, "OWN OTHER MS"},
    {"exchange-socket", 2, exchanged_socket, "OTHER MS"},
    {"flood", 0, flood, ""},
    {"die-judged", 0, die_while_judged, ""},
    {0, 0, 0, 0},
};
