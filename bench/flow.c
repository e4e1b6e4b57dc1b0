/* Moves bytes over TCP and prints the throughput.
 *
 *   flow serve PORT                  on 127.0.0.1, for ever: answers each connection in turn
 *   flow send ADDRESS PORT BYTES     connects, sends BYTES, waits until they have arrived
 *   flow receive ADDRESS PORT BYTES  connects, receives BYTES
 *
 * A client says which it wants in its first 16 bytes: `s` or `r`, and how many in decimal. A client that says `G`, as in
 * GET, is answered by HTTP with as many bytes as its path says. Clients print MB per second, from connect to the last
 * byte. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HELLO = 16, CHUNK = 256 * 1024 };
static char chunk[CHUNK];

static int pour(int peer, long long bytes) {
  while (bytes > 0) {
    ssize_t sent = write(peer, chunk, bytes < CHUNK ? (size_t)bytes : CHUNK);
    if (sent <= 0) return -1;
    bytes -= sent;
  }
  return 0;
}

static int drain(int peer, long long bytes) {
  while (bytes > 0) {
    ssize_t got = read(peer, chunk, bytes < CHUNK ? (size_t)bytes : CHUNK);
    if (got <= 0) return -1;
    bytes -= got;
  }
  return 0;
}

static void answer(int peer) {
  char hello[HELLO + 1] = {0};
  for (int have = 0; have < HELLO;) {
    ssize_t got = read(peer, hello + have, HELLO - have);
    if (got <= 0) return;
    have += got;
  }
  if (hello[0] == 'G') { /* "GET /1073741824 H": the rest of the request is not read, and need not be */
    long long bytes = strtoll(hello + 5, NULL, 10);
    char head[128];
    int length = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %lld\r\n\r\n", bytes);
    if (write(peer, head, length) == length) pour(peer, bytes);
    drain(peer, 1 << 20); /* to the end: a close with unread bytes would reset the connection */
    return;
  }
  long long bytes = strtoll(hello + 1, NULL, 10);
  if (hello[0] == 'r') pour(peer, bytes);
  if (hello[0] == 's' && drain(peer, bytes) == 0 && write(peer, "", 1) != 1) return;
}

static int serve(int port) {
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof place;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&place, size) < 0 || listen(listener, 16) < 0 ||
      getsockname(listener, (struct sockaddr *)&place, &size) < 0) {
    perror("flow: listen");
    return 1;
  }
  printf("%d\n", ntohs(place.sin_port));
  fflush(stdout);
  for (;;) {
    int peer = accept(listener, NULL, NULL);
    if (peer < 0) return 1;
    answer(peer);
    close(peer);
  }
}

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  if (argc == 3 && strcmp(argv[1], "serve") == 0) return serve(atoi(argv[2]));
  if (argc != 5) {
    fprintf(stderr, "usage: flow serve PORT | flow send|receive ADDRESS PORT BYTES\n");
    return 2;
  }
  long long bytes = strtoll(argv[4], NULL, 10);
  int sending = strcmp(argv[1], "send") == 0;
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[3]))};
  struct timespec start, end;
  if (inet_pton(AF_INET, argv[2], &place.sin_addr) != 1) return 2;
  clock_gettime(CLOCK_MONOTONIC, &start);
  int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(peer, (struct sockaddr *)&place, sizeof place) < 0) {
    perror("flow: connect");
    return 1;
  }
  char hello[HELLO + 1];
  snprintf(hello, sizeof hello, "%c%-15lld", sending ? 's' : 'r', bytes);
  if (write(peer, hello, HELLO) != HELLO) return 1;
  if (sending ? pour(peer, bytes) < 0 || drain(peer, 1) < 0 : drain(peer, bytes) < 0) {
    fprintf(stderr, "flow: the connection ended early\n");
    return 1;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds = (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) / 1e9;
  printf("%.1f\n", bytes / seconds / 1e6);
  return 0;
}
