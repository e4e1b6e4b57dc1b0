/* Bytes out of the jail by way of a network, and sockets that have no business there. */
#include "probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static const char BEACON[] = "beacon\n";

static socklen_t parse(union address *to, const char *host, const char *port) {
    memset(to, 0, sizeof *to);
    if (inet_pton(AF_INET, host, &to->v4.sin_addr) == 1) {
        to->v4.sin_family = AF_INET;
        to->v4.sin_port = htons((uint16_t)number(port));
        return sizeof to->v4;
    }
    if (inet_pton(AF_INET6, host, &to->v6.sin6_addr) == 1) {
        to->v6.sin6_family = AF_INET6;
        to->v6.sin6_port = htons((uint16_t)number(port));
        return sizeof to->v6;
    }
    broken("`%s` is no address", host);
}

static int make(int family, int type, int protocol) {
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        refused("socket");
    struct timeval wait = {2, 0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    return fd;
}

/* The peer must answer `heard`: a local queue that took the bytes is no success. */
static void hear(int fd) {
    char text[64] = "";
    ssize_t length = recv(fd, text, sizeof text - 1, 0);
    if (length < 0)
        refused("recv");
    if (strncmp(text, "heard", 5))
        refused_because("recv", "no answer");
    done("%.5s", text);
}

static void connect_and_tell(int fd, const union address *to, socklen_t length) {
    if (connect(fd, &to->any, length))
        refused("connect");
    if (send(fd, BEACON, sizeof BEACON - 1, MSG_NOSIGNAL) < 0)
        refused("send");
    hear(fd);
}

static void stream(char **a, int protocol) {
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    connect_and_tell(make(to.any.sa_family, SOCK_STREAM, protocol), &to, length);
}

static void tcp(int c, char **a) { (void)c, stream(a, 0); }
static void mptcp(int c, char **a) { (void)c, stream(a, IPPROTO_MPTCP); }

static void tcp_mapped(int c, char **a) {
    (void)c;
    union address to;
    char mapped[64];
    snprintf(mapped, sizeof mapped, "::ffff:%s", a[0]);
    socklen_t length = parse(&to, mapped, a[1]);
    connect_and_tell(make(AF_INET6, SOCK_STREAM, 0), &to, length);
}

static void fast_open(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    int fd = make(to.any.sa_family, SOCK_STREAM, 0);
    if (sendto(fd, BEACON, sizeof BEACON - 1, MSG_FASTOPEN | MSG_NOSIGNAL, &to.any, length) < 0)
        refused("sendto");
    hear(fd);
}

static void fast_open_message(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    struct iovec part = {(char *)BEACON, sizeof BEACON - 1};
    struct msghdr message = {.msg_name = &to, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1};
    int fd = make(to.any.sa_family, SOCK_STREAM, 0);
    if (sendmsg(fd, &message, MSG_FASTOPEN | MSG_NOSIGNAL) < 0)
        refused("sendmsg");
    hear(fd);
}

static void fast_open_messages(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    struct iovec part = {(char *)BEACON, sizeof BEACON - 1};
    struct mmsghdr message = {.msg_hdr = {.msg_name = &to, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1}};
    int fd = make(to.any.sa_family, SOCK_STREAM, 0);
    if (sendmmsg(fd, &message, 1, MSG_FASTOPEN | MSG_NOSIGNAL) < 0)
        refused("sendmmsg");
    hear(fd);
}

static void fast_open_connect(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    int fd = make(to.any.sa_family, SOCK_STREAM, 0), one = 1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof one))
        refused("setsockopt");
    connect_and_tell(fd, &to, length);
}

static void udp(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    int fd = make(to.any.sa_family, SOCK_DGRAM, 0);
    if (sendto(fd, BEACON, sizeof BEACON - 1, 0, &to.any, length) < 0)
        refused("sendto");
    hear(fd);
}

static void udp_connected(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    connect_and_tell(make(to.any.sa_family, SOCK_DGRAM, 0), &to, length);
}

static void udp_messages(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    struct iovec part = {(char *)BEACON, sizeof BEACON - 1};
    struct mmsghdr message = {.msg_hdr = {.msg_name = &to, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1}};
    int fd = make(to.any.sa_family, SOCK_DGRAM, 0);
    if (sendmmsg(fd, &message, 1, 0) < 1)
        refused("sendmmsg");
    hear(fd);
}

static void udp_lite(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    int fd = make(to.any.sa_family, SOCK_DGRAM, IPPROTO_UDPLITE);
    if (sendto(fd, BEACON, sizeof BEACON - 1, 0, &to.any, length) < 0)
        refused("sendto");
    done("sent");
}

/* To a group on the loopback device, where the test listens. */
static void multicast(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    int fd = make(AF_INET, SOCK_DGRAM, 0);
    struct in_addr from = {htonl(INADDR_LOOPBACK)};
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from);
    if (sendto(fd, BEACON, sizeof BEACON - 1, 0, &to.any, length) < 0)
        refused("sendto");
    hear(fd);
}

/* Somebody outside connects to what is listened to here. */
static void listener(int c, char **a) {
    (void)c;
    union address to;
    socklen_t length = parse(&to, a[0], a[1]);
    int fd = make(to.any.sa_family, SOCK_STREAM, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, &to.any, length) || listen(fd, 4))
        refused("bind");
    dprintf(1, "listening\n");
    struct pollfd wait = {fd, POLLIN, 0};
    if (poll(&wait, 1, (int)number(a[2])) < 1)
        refused_because("accept", "nobody came");
    int peer = accept4(fd, 0, 0, SOCK_CLOEXEC);
    if (peer < 0)
        refused("accept4");
    done("somebody came");
}

static uint16_t checksum(const void *data, size_t length) {
    const uint16_t *word = data;
    uint32_t sum = 0;
    for (; length > 1; length -= 2)
        sum += *word++;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void ping(char **a, int type) {
    union address to;
    socklen_t length = parse(&to, a[0], "0");
    int fd = make(to.any.sa_family, type, to.any.sa_family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    char answer[256];
    if (to.any.sa_family == AF_INET) {
        struct icmphdr echo = {.type = ICMP_ECHO, .un.echo = {htons(77), htons(1)}};
        echo.checksum = checksum(&echo, sizeof echo);
        if (sendto(fd, &echo, sizeof echo, 0, &to.any, length) < 0)
            refused("sendto");
    } else {
        struct icmp6_hdr echo = {.icmp6_type = ICMP6_ECHO_REQUEST};
        if (sendto(fd, &echo, sizeof echo, 0, &to.any, length) < 0)
            refused("sendto");
    }
    if (recv(fd, answer, sizeof answer, 0) < 0)
        refused("recv");
    done("answered");
}

static void ping_datagram(int c, char **a) {
    /* Who may do it is a setting of the network namespace; in one of one's own it can be changed. */
    int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, "0 0", 3) < 0)
        close(fd);
    (void)c, ping(a, SOCK_DGRAM);
}
static void ping_raw(int c, char **a) { (void)c, ping(a, SOCK_RAW); }

static void raw_tcp(int c, char **a) {
    (void)c, (void)a;
    make(AF_INET, SOCK_RAW, IPPROTO_RAW);
    done("a raw socket");
}

static void packet(int c, char **a) {
    (void)c, (void)a;
    int fd = make(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    char frame[64] = {0};
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = 1, .sll_halen = 6, .sll_protocol = htons(ETH_P_IP)};
    if (sendto(fd, frame, sizeof frame, 0, (struct sockaddr *)&to, sizeof to) < 0)
        refused("sendto");
    done("sent a frame");
}

/* Every family there is, those of ordinary programs excepted. */
static void families(int c, char **a) {
    (void)c, (void)a;
    char got[512] = "";
    int last = EAFNOSUPPORT;
    for (int family = 0; family < 64; family++) {
        if (family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK)
            continue;
        static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM};
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            int fd = socket(family, types[i] | SOCK_CLOEXEC, 0);
            if (fd >= 0) {
                snprintf(got + strlen(got), sizeof got - strlen(got), " %d/%d", family, types[i]);
                close(fd);
            } else
                last = errno;
        }
    }
    if (got[0])
        done("%s", got);
    errno = last;
    refused("socket");
}

static void protocols(int c, char **a) {
    (void)c, (void)a;
    static const int those[] = {IPPROTO_SCTP, IPPROTO_DCCP, IPPROTO_UDPLITE, IPPROTO_MPTCP, 115 /* L2TP */};
    char got[256] = "";
    for (size_t i = 0; i < sizeof those / sizeof *those; i++)
        for (int type = SOCK_STREAM; type <= 6; type++) {
            int fd = socket(AF_INET, type | SOCK_CLOEXEC, those[i]);
            if (fd >= 0) {
                snprintf(got + strlen(got), sizeof got - strlen(got), " %d/%d", type, those[i]);
                close(fd);
            }
        }
    if (!got[0])
        refused("socket");
    done("%s", got);
}

static void vsock(int c, char **a) {
    (void)c;
    int fd = make(AF_VSOCK, SOCK_STREAM, 0);
    struct sockaddr_vm to = {.svm_family = AF_VSOCK, .svm_cid = (unsigned)number(a[0]), .svm_port = (unsigned)number(a[1])};
    if (connect(fd, (struct sockaddr *)&to, sizeof to) && errno != ECONNRESET && errno != ENODEV && errno != ECONNREFUSED &&
        errno != ETIMEDOUT && errno != EHOSTUNREACH)
        refused("connect");
    done("reached the transport");
}

/* Asks a netlink protocol a question that it answers. */
static void netlink(int c, char **a) {
    (void)c;
    int fd = make(AF_NETLINK, SOCK_RAW, (int)number(a[0]));
    struct sockaddr_nl local = {.nl_family = AF_NETLINK, .nl_groups = (unsigned)number(a[1])};
    if (bind(fd, (struct sockaddr *)&local, sizeof local))
        refused("bind");
    done("bound");
}

/* The machine's TCP sockets, by SOCK_DIAG: DONE means that the kernel answered. */
static void socket_diagnosis(int c, char **a) {
    (void)c, (void)a;
    int fd = make(AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG);
    struct {
        struct nlmsghdr head;
        unsigned char family, protocol, extension, pad;
        uint32_t states;
        char id[48];
    } ask = {.head = {sizeof ask, 20 /* SOCK_DIAG_BY_FAMILY */, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
             .family = AF_INET, .protocol = IPPROTO_TCP, .states = ~0u};
    char answer[8192];
    if (send(fd, &ask, sizeof ask, 0) < 0)
        refused("send");
    ssize_t length = recv(fd, answer, sizeof answer, 0);
    if (length < 0)
        refused("recv");
    struct nlmsghdr *head = (struct nlmsghdr *)(void *)answer;
    if (head->nlmsg_type == NLMSG_ERROR)
        refused_because("send", "answered with an error");
    done("%zd bytes about sockets", length);
}

/* A default route by a device of one's choice. */
static void add_route(int c, char **a) {
    (void)c, (void)a;
    int fd = make(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    struct {
        struct nlmsghdr head;
        struct rtmsg route;
        struct rtattr device;
        int index;
        struct rtattr to;
        uint32_t address;
    } ask = {.head = {sizeof ask, RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 1, 0},
             .route = {.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
                       .rtm_scope = RT_SCOPE_LINK, .rtm_type = RTN_UNICAST},
             .device = {8, RTA_OIF}, .index = 1, .to = {8, RTA_DST}, .address = htonl(0xcb007101)};
    char answer[1024];
    if (send(fd, &ask, sizeof ask, 0) < 0)
        refused("send");
    if (recv(fd, answer, sizeof answer, 0) < 0)
        refused("recv");
    struct nlmsgerr *error = NLMSG_DATA((struct nlmsghdr *)(void *)answer);
    if (error->error) {
        errno = -error->error;
        refused("RTM_NEWROUTE");
    }
    done("added");
}

static void raise_device(int c, char **a) {
    (void)c, (void)a;
    int fd = make(AF_INET, SOCK_DGRAM, 0);
    struct ifreq device = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_PROMISC};
    if (ioctl(fd, SIOCSIFFLAGS, &device))
        refused("SIOCSIFFLAGS");
    done("changed");
}

/* Any device but loopback is a way out. */
static void interfaces(int c, char **a) {
    (void)c, (void)a;
    for (unsigned index = 1; index < 64; index++) {
        char name[IF_NAMESIZE];
        if (if_indextoname(index, name) && strcmp(name, "lo"))
            done("%s", name);
    }
    refused_because("SIOCGIFNAME", "only loopback");
}

const struct technique inet[] = {
    {"tcp", 2, tcp, "ADDRESS PORT"},
    {"tcp-mapped", 2, tcp_mapped, "IPV4 PORT"},
    {"mptcp", 2, mptcp, "ADDRESS PORT"},
    {"tfo-sendto", 2, fast_open, "ADDRESS PORT"},
    {"tfo-sendmsg", 2, fast_open_message, "ADDRESS PORT"},
    {"tfo-sendmmsg", 2, fast_open_messages, "ADDRESS PORT"},
    {"tfo-connect", 2, fast_open_connect, "ADDRESS PORT"},
    {"udp", 2, udp, "ADDRESS PORT"},
    {"udp-connected", 2, udp_connected, "ADDRESS PORT"},
    {"udp-sendmmsg", 2, udp_messages, "ADDRESS PORT"},
    {"udplite", 2, udp_lite, "ADDRESS PORT"},
    {"multicast", 2, multicast, "GROUP PORT"},
    {"listen", 3, listener, "ADDRESS PORT MS"},
    {"ping", 1, ping_datagram, "ADDRESS"},
    {"ping-raw", 1, ping_raw, "ADDRESS"},
    {"raw", 0, raw_tcp, ""},
    {"packet", 0, packet, ""},
    {"families", 0, families, ""},
    {"protocols", 0, protocols, ""},
    {"vsock", 2, vsock, "CID PORT"},
    {"netlink", 2, netlink, "PROTOCOL GROUPS"},
    {"sock-diag", 0, socket_diagnosis, ""},
    {"route-add", 0, add_route, ""},
    {"device-up", 0, raise_device, ""},
    {"interfaces", 0, interfaces, ""},
    {0, 0, 0, 0},
};
