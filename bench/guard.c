/* What bench/guard.py needs: a client of HTTP, and a host that starts programs.
 *
 *   guard load PORT PATH CONNECTIONS MILLISECONDS   asks over connections that stay open; prints requests, nanoseconds, and the
 *                                                   median and 99th percentile of one request as JSON
 *   guard refuse COUNT                              tries to start COUNT different programs, each in a child; prints nanoseconds
 *   guard start COMMAND...                          for each line of its input starts the command, asks it to initialize, reads
 *                                                   one line of answer, and prints the nanoseconds that took
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { MOST_CONNECTIONS = 64, ANSWER = 16384, SAMPLES = 4 << 20 };

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static int by_size(const void *one, const void *other) {
  uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
  return (a > b) - (a < b);
}

struct connection {
  int socket;
  uint64_t since;
  size_t have;
  char answer[ANSWER + 1];
};

/* Whether one whole answer is there. */
static int is_whole(const struct connection *connection) {
  const char *end = strstr(connection->answer, "\r\n\r\n");
  if (end == NULL) return 0;
  if (strncmp(connection->answer, "HTTP/1.1 200", 12) != 0) {
    fprintf(stderr, "guard: %.60s\n", connection->answer);
    exit(1);
  }
  const char *length = strcasestr(connection->answer, "\r\ncontent-length:");
  if (length != NULL && length < end)
    return connection->have >= (size_t)(end + 4 - connection->answer) + strtoul(length + 17, NULL, 10);
  return connection->have >= 5 && strcmp(connection->answer + connection->have - 5, "0\r\n\r\n") == 0;
}

static void ask(struct connection *connection, const char *request) {
  connection->since = now();
  connection->have = 0;
  size_t length = strlen(request);
  if (write(connection->socket, request, length) != (ssize_t)length) die("guard: write");
}

static int load(int port, const char *path, int count, long milliseconds) {
  static struct connection connections[MOST_CONNECTIONS];
  struct pollfd watched[MOST_CONNECTIONS];
  uint32_t *samples = malloc(SAMPLES * sizeof *samples);
  char request[512];
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", path, port);
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (samples == NULL || count < 1 || count > MOST_CONNECTIONS) return 2;
  for (int at = 0; at < count; at++) {
    int one = 1, peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (peer < 0 || connect(peer, (struct sockaddr *)&place, sizeof place) < 0) die("guard: connect");
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connections[at].socket = peer;
    watched[at] = (struct pollfd){.fd = peer, .events = POLLIN};
    ask(&connections[at], request);
  }
  uint64_t begun = now(), end = begun + (uint64_t)milliseconds * 1000000u, at_last = begun;
  size_t answered = 0;
  while (at_last < end) {
    if (poll(watched, (nfds_t)count, 10000) <= 0) die("guard: no answer in ten seconds");
    for (int at = 0; at < count; at++) {
      struct connection *connection = &connections[at];
      if (watched[at].revents == 0) continue;
      ssize_t got = read(connection->socket, connection->answer + connection->have, ANSWER - connection->have);
      if (got <= 0) {
        fprintf(stderr, "guard: the server closed a connection\n");
        return 1;
      }
      connection->have += (size_t)got;
      connection->answer[connection->have] = 0;
      if (!is_whole(connection)) continue;
      at_last = now();
      if (answered < SAMPLES) samples[answered++] = (uint32_t)(at_last - connection->since);
      ask(connection, request);
    }
  }
  qsort(samples, answered, sizeof *samples, by_size);
  if (answered == 0) return 1;
  printf("{\"requests\":%zu,\"ns\":%llu,\"median_ns\":%u,\"p99_ns\":%u}\n", answered, (unsigned long long)(at_last - begun),
         samples[answered / 2], samples[answered * 99 / 100]);
  return 0;
}

static int refuse(long count) {
  uint64_t begun = now();
  for (long at = 0; at < count; at++) {
    char number[24];
    snprintf(number, sizeof number, "%ld", at);
    char *words[] = {"true", number, NULL};
    pid_t child;
    int error = posix_spawn(&child, "/usr/bin/true", NULL, NULL, words, environ);
    if (error == 0) waitpid(child, NULL, 0);
    if (error != EACCES && getenv("GUARD_RAW") == NULL) {
      fprintf(stderr, "guard: the launch was not refused: %s\n", strerror(error));
      return 1;
    }
  }
  printf("%llu\n", (unsigned long long)(now() - begun));
  return 0;
}

static int start(char **command) {
  static const char hello[] =
      "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
      "\"clientInfo\":{\"name\":\"bench\",\"version\":\"1\"}}}\n";
  char line[16];
  while (fgets(line, sizeof line, stdin) != NULL) {
    uint64_t begun = now();
    int in[2], out[2], have = 0;
    pid_t child;
    char answer[4096];
    posix_spawn_file_actions_t actions;
    if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0) die("guard: pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    errno = posix_spawnp(&child, command[0], &actions, NULL, command, environ);
    if (errno != 0) die("guard: start");
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    if (write(in[1], hello, sizeof hello - 1) < 0) die("guard: write");
    while (have == 0 || memchr(answer, '\n', (size_t)have) == NULL) {
      ssize_t got = read(out[0], answer + have, sizeof answer - (size_t)have);
      if (got <= 0) {
        fprintf(stderr, "guard: %s says nothing\n", command[0]);
        return 1;
      }
      have += (int)got;
    }
    printf("%llu\n", (unsigned long long)(now() - begun));
    fflush(stdout);
    close(in[1]);
    close(out[0]);
    waitpid(child, NULL, 0);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 6 && strcmp(argv[1], "load") == 0) return load(atoi(argv[2]), argv[3], atoi(argv[4]), atol(argv[5]));
  if (argc == 3 && strcmp(argv[1], "refuse") == 0) return refuse(atol(argv[2]));
  if (argc > 2 && strcmp(argv[1], "start") == 0) return start(argv + 2);
  fprintf(stderr, "usage: guard load PORT PATH CONNECTIONS MILLISECONDS | refuse COUNT | start COMMAND...\n");
  return 2;
}
