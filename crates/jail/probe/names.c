/* Names: looking up what was not granted, and saying another name once connected. */
#include "probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connected(const char *host, const char *port, int type) {
    struct sockaddr_storage to = {0};
    socklen_t length;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&to;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&to;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET, v4->sin_port = htons((uint16_t)number(port)), length = sizeof *v4;
    } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6, v6->sin6_port = htons((uint16_t)number(port)), length = sizeof *v6;
    } else
        broken("`%s` is no address", host);
    int fd = socket(to.ss_family, type | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0)
        refused("socket");
    struct timeval wait = {3, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&to, length))
        refused("connect");
    return fd;
}

/* `\0`, `\xHH` and `\\` in an argument become the byte. */
static size_t unescaped(const char *text, unsigned char *out, size_t room) {
    size_t at = 0;
    for (; *text && at < room; text++) {
        if (*text != '\\') {
            out[at++] = (unsigned char)*text;
        } else if (*++text == 'x') {
            char hex[3] = {text[1], text[1] ? text[2] : 0, 0};
            out[at++] = (unsigned char)strtoul(hex, 0, 16);
            text += strlen(hex);
        } else
            out[at++] = *text == '0' ? 0 : (unsigned char)*text;
    }
    return at;
}

/* A question by hand. Labels are separated by dots; escapes allow any byte within one. */
static size_t question(unsigned char *packet, size_t room, const char *name, int type) {
    static const unsigned char head[12] = {0x12, 0x34, 1, 0, 0, 1};
    memcpy(packet, head, 12);
    size_t at = 12;
    const char *label = name;
    while (*label) {
        size_t span = strcspn(label, ".");
        char part[512];
        if (span >= sizeof part)
            broken("a label is too long");
        memcpy(part, label, span), part[span] = 0;
        unsigned char bytes[512];
        size_t length = unescaped(part, bytes, sizeof bytes);
        if (at + length + 6 > room)
            broken("the name is too long");
        packet[at++] = (unsigned char)length;
        memcpy(packet + at, bytes, length), at += length;
        label += span;
        if (*label == '.' && !*++label)
            break;
    }
    packet[at++] = 0;
    packet[at++] = (unsigned char)(type >> 8), packet[at++] = (unsigned char)type;
    packet[at++] = 0, packet[at++] = 1;
    return at;
}

static void verdict(const unsigned char *answer, ssize_t length) {
    if (length < 12)
        refused_because("recv", "a short answer");
    int code = answer[3] & 15, answers = answer[6] << 8 | answer[7];
    if (code || !answers)
        refused_because("dns", "code %d, %d answers", code, answers);
    if (length >= 16)
        done("answered %d.%d.%d.%d", answer[length - 4], answer[length - 3], answer[length - 2], answer[length - 1]);
    done("answered");
}

static void look_up(char **a, int type, int socket_type) {
    unsigned char packet[2 + 65535], answer[65536];
    size_t length = question(packet + 2, 65000, a[2], type);
    packet[0] = (unsigned char)(length >> 8), packet[1] = (unsigned char)length;
    int fd = connected(a[0], a[1], socket_type);
    int stream = socket_type == SOCK_STREAM;
    if (send(fd, packet + (stream ? 0 : 2), length + (stream ? 2 : 0), MSG_NOSIGNAL) < 0)
        refused("send");
    ssize_t got = recv(fd, answer, sizeof answer, 0);
    if (got <= 0) {
        if (!got)
            refused_because("recv", "hung up");
        refused("recv");
    }
    verdict(answer + (stream ? 2 : 0), got - (stream ? 2 : 0));
}

static void dns(int c, char **a) { look_up(a, c > 3 ? (int)number(a[3]) : 1, SOCK_DGRAM); }
static void dns_tcp(int c, char **a) { look_up(a, c > 3 ? (int)number(a[3]) : 1, SOCK_STREAM); }

/* Any bytes as a packet: what the stub's parser must stand. The verdict is whether it still answers afterwards. */
static void dns_garbage(int c, char **a) {
    (void)c;
    unsigned seed = 1;
    for (int round = 0; round < 4000; round++) {
        unsigned char packet[1500];
        int fd = connected(a[0], a[1], SOCK_DGRAM);
        size_t length = question(packet, sizeof packet, "granted.test", 1);
        for (int flips = 0; flips < 1 + round % 9; flips++) {
            seed = seed * 1103515245 + 12345;
            packet[(seed >> 8) % length] = (unsigned char)(seed >> 16);
        }
        if (round % 5 == 0)
            length = (seed >> 4) % length;
        if (round % 7 == 0) /* a name that points at itself */
            packet[12] = 0xc0, packet[13] = 12;
        if (send(fd, packet, length, 0) < 0 && errno != ECONNREFUSED)
            refused("send");
        close(fd);
    }
    done("sent");
}

static size_t hello(unsigned char *out, const unsigned char *name, size_t length, int with_name) {
    unsigned char extension[600];
    size_t e = 0;
    if (with_name) {
        size_t list = length + 3;
        unsigned char head[9] = {0, 0, (unsigned char)((list + 2) >> 8), (unsigned char)(list + 2), (unsigned char)(list >> 8),
                                 (unsigned char)list, 0, (unsigned char)(length >> 8), (unsigned char)length};
        memcpy(extension, head, 9), memcpy(extension + 9, name, length), e = 9 + length;
    }
    static const unsigned char versions[] = {0, 43, 0, 3, 2, 3, 4};
    memcpy(extension + e, versions, sizeof versions), e += sizeof versions;
    unsigned char body[1024] = {3, 3};
    size_t b = 34;
    body[b++] = 0;                                            /* no session */
    body[b++] = 0, body[b++] = 2, body[b++] = 0x13, body[b++] = 1; /* one cipher */
    body[b++] = 1, body[b++] = 0;                             /* no compression */
    body[b++] = (unsigned char)(e >> 8), body[b++] = (unsigned char)e;
    memcpy(body + b, extension, e), b += e;
    unsigned char record[9] = {22, 3, 1, (unsigned char)((b + 4) >> 8), (unsigned char)(b + 4), 1, 0, (unsigned char)(b >> 8),
                               (unsigned char)b};
    memcpy(out, record, 9), memcpy(out + 9, body, b);
    return b + 9;
}

/*
 * A TLS client's first message, naming NAME, and then the beacon. HOW is `whole`, `bytes` (one at a time), `records`
 * (split in two records), `none` (no name at all), `late` (plain text first), `version` (a record that claims another
 * version, which receivers are to ignore), `alert` (a warning of another version first, which some ignore).
 */
static void tls(int c, char **a) {
    (void)c;
    unsigned char packet[4096], name[256];
    size_t length = unescaped(a[2], name, sizeof name);
    const char *how = a[3];
    size_t size = hello(packet, name, length, strcmp(how, "none"));
    int fd = connected(a[0], a[1], SOCK_STREAM);
    if (!strcmp(how, "version"))
        packet[1] = 4;
    if (!strcmp(how, "alert") && send(fd, "\x15\x04\0\0\2\1\x5a", 7, MSG_NOSIGNAL) < 0)
        refused("send");
    if (!strcmp(how, "bytes")) {
        for (size_t i = 0; i < size; i++)
            if (send(fd, packet + i, 1, MSG_NOSIGNAL) < 0)
                refused("send");
    } else if (!strcmp(how, "records")) {
        unsigned char split[4200];
        size_t first = 40, rest = size - 5 - first;
        memcpy(split, packet, 5), split[3] = 0, split[4] = (unsigned char)first;
        memcpy(split + 5, packet + 5, first);
        memcpy(split + 5 + first, packet, 3);
        split[8 + first] = (unsigned char)(rest >> 8), split[9 + first] = (unsigned char)rest;
        memcpy(split + 10 + first, packet + 5 + first, rest);
        if (send(fd, split, size + 5, MSG_NOSIGNAL) < 0)
            refused("send");
    } else if (!strcmp(how, "late")) {
        if (send(fd, "\n", 1, MSG_NOSIGNAL) < 0 || send(fd, packet, size, MSG_NOSIGNAL) < 0)
            refused("send");
    } else if (send(fd, packet, size, MSG_NOSIGNAL) < 0)
        refused("send");
    if (send(fd, "beacon\n", 7, MSG_NOSIGNAL) < 0)
        refused("send");
    char answer[64] = "";
    ssize_t got = recv(fd, answer, sizeof answer - 1, 0);
    if (got < 0)
        refused("recv");
    if (!got)
        refused_because("recv", "hung up");
    done("%s", answer);
}

/* Broken hellos, many connections; the verdict is the test's. */
static void tls_garbage(int c, char **a) {
    (void)c;
    unsigned seed = 7;
    int opened = 0;
    for (int round = 0; round < 400; round++) {
        unsigned char packet[4096];
        size_t size = hello(packet, (const unsigned char *)"granted.test", 12, 1);
        for (int flips = 0; flips < 1 + round % 5; flips++) {
            seed = seed * 1103515245 + 12345;
            packet[3 + (seed >> 8) % (size - 3)] = (unsigned char)(seed >> 16);
        }
        int fd = connected(a[0], a[1], SOCK_STREAM);
        opened++;
        send(fd, packet, size - (round % 3 ? 0 : (seed >> 5) % size), MSG_NOSIGNAL | MSG_DONTWAIT);
        close(fd);
    }
    done("%d connections", opened);
}

/* Many connections held open at once; then whether one more by the rules still works is the test's to see. */
static void hold_connections(int c, char **a) {
    (void)c;
    int held = 0;
    for (int i = 0; i < 1500; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number(a[1]))};
        inet_pton(AF_INET, a[0], &to.sin_addr);
        if (fd < 0)
            break;
        if (!connect(fd, (struct sockaddr *)&to, sizeof to) || errno == EINPROGRESS)
            held++;
    }
    sleep_ms(300);
    done("%d held", held);
}

#ifndef WITHOUT_RESOLVER /* a static program has no system resolver */
/* As a program does it: the system's resolver, then a connection, then a line. */
static void fetch(int c, char **a) {
    (void)c;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_UNSPEC}, *found;
    int code = getaddrinfo(a[0], a[1], &hints, &found);
    if (code)
        refused_because("getaddrinfo", "%s", gai_strerror(code));
    for (struct addrinfo *one = found; one; one = one->ai_next) {
        int fd = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct timeval wait = {3, 0};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
        char answer[256] = "";
        if (!connect(fd, one->ai_addr, one->ai_addrlen) && send(fd, "beacon\n", 7, MSG_NOSIGNAL) == 7 &&
            recv(fd, answer, sizeof answer - 1, 0) > 0)
            done("%s", answer);
        close(fd);
    }
    refused("connect");
}

/* The same name asked for twice, with time between: the second answer must pass the same checks. */
static void fetch_again(int c, char **a) {
    (void)c;
    long until = now_ms() + number(a[2]);
    ask_the_test("ready");
    int last = 0;
    do {
        struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = AF_INET}, *found;
        if (!getaddrinfo(a[0], a[1], &hints, &found)) {
            int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            struct timeval wait = {1, 0};
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
            char answer[256] = "";
            if (!connect(fd, found->ai_addr, found->ai_addrlen) && send(fd, "beacon\n", 7, MSG_NOSIGNAL) == 7 &&
                recv(fd, answer, sizeof answer - 1, 0) > 0 && strstr(answer, a[3]))
                done("%s", answer);
            last = errno;
            close(fd);
            freeaddrinfo(found);
        }
        sleep_ms(100);
    } while (now_ms() < until);
    errno = last ? last : ETIMEDOUT;
    refused("connect");
}
#endif

const struct technique names[] = {
    {"dns", 3, dns, "SERVER PORT NAME [TYPE]"},
    {"dns-tcp", 3, dns_tcp, "SERVER PORT NAME [TYPE]"},
    {"dns-garbage", 2, dns_garbage, "SERVER PORT"},
    {"tls", 4, tls, "ADDRESS PORT NAME whole|bytes|records|none|late|version|alert"},
    {"tls-garbage", 2, tls_garbage, "ADDRESS PORT"},
    {"hold", 2, hold_connections, "ADDRESS PORT"},
#ifndef WITHOUT_RESOLVER
    {"fetch", 2, fetch, "NAME PORT"},
    {"fetch-again", 4, fetch_again, "NAME PORT MS ANSWER"},
#endif
    {0, 0, 0, 0},
};
