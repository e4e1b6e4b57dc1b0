/* Both ends of a session for bench/wire.py: a server that answers at once, and a client that starts a command and measures.
 *
 *   wire serve                                       answers initialize, tools/list and tools/call on its standard streams
 *   wire drive COUNT WINDOW SECONDS ARGUMENT COMMAND...
 *                                                    calls `echo` COUNT times, or for so many seconds, WINDOW calls at once, with this
 *                                                    argument; `large:N` asks for a result of N bytes
 *
 * It prints one line of JSON: calls that were answered, nanoseconds in all, the median and the 99th percentile of a call, bytes that
 * came, and of the command itself its resident kilobytes after a tenth and at the end, those at the end that belong to no file, and its
 * microseconds of processor time.
 * Whoever does not answer for long ends it, and what it started. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST (1 << 23)
/* Beyond the time of a measurement: to start, and for the calls that are on their way. */
#define PATIENCE 20

static void die(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static void put(int to, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = write(to, bytes, count);
        if (done < 0) die("write");
        bytes += done;
        count -= (size_t)done;
    }
}

/* The lines of a stream, each with a NUL in place of its end. */
struct lines {
    int from;
    char *bytes;
    size_t start, end;
};

static char *take(struct lines *lines, size_t *length) {
    size_t seen = lines->start;
    for (;;) {
        char *feed = memchr(lines->bytes + seen, '\n', lines->end - seen);
        if (feed != NULL) {
            char *line = lines->bytes + lines->start;
            *feed = 0;
            *length = (size_t)(feed - line);
            lines->start += *length + 1;
            return line;
        }
        seen = lines->end;
        if (lines->end + (1 << 18) > MOST) {
            memmove(lines->bytes, lines->bytes + lines->start, lines->end - lines->start);
            lines->end -= lines->start;
            seen -= lines->start;
            lines->start = 0;
        }
        ssize_t came = read(lines->from, lines->bytes + lines->end, 1 << 18);
        if (came < 0) die("read");
        if (came == 0) return NULL;
        lines->end += (size_t)came;
    }
}

static int waits(struct lines *lines) {
    return memchr(lines->bytes + lines->start, '\n', lines->end - lines->start) != NULL;
}

static struct lines lines_of(int from) {
    struct lines lines = {from, malloc(MOST), 0, 0};
    if (lines.bytes == NULL) die("malloc");
    return lines;
}

static int serve(void) {
    struct lines lines = lines_of(0);
    char *out = malloc(2 * MOST), *line;
    size_t length, full = 0;
    while ((line = take(&lines, &length)) != NULL) {
        char *id = strstr(line, "\"id\":"), *large = strstr(line, "\"large:");
        if (id == NULL) continue;
        long number = strtol(id + 5, NULL, 10);
        full += (size_t)sprintf(out + full, "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":", number);
        if (strstr(line, "\"initialize\"") != NULL) {
            full += (size_t)sprintf(out + full, "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{\"tools\":{}},\"serverInfo\":{\"name\":\"wire\",\"version\":\"1\"}}}\n");
        } else if (strstr(line, "\"tools/list\"") != NULL) {
            full += (size_t)sprintf(out + full, "{\"tools\":[{\"name\":\"echo\",\"description\":\"Says it again.\",\"inputSchema\":{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"}}}}]}}\n");
        } else {
            full += (size_t)sprintf(out + full, "{\"content\":[{\"type\":\"text\",\"text\":\"");
            if (large != NULL) {
                /* Words, because that is what tools give; no escape and no rule's word in them. */
                static const char words[] = "the quick brown fox jumps over the lazy dog and then it rests ";
                size_t wanted = (size_t)strtol(large + 7, NULL, 10);
                for (size_t at = 0; at < wanted; at += sizeof words - 1) {
                    memcpy(out + full, words, sizeof words - 1);
                    full += sizeof words - 1;
                }
            } else {
                full += (size_t)sprintf(out + full, "a short answer of a tool");
            }
            full += (size_t)sprintf(out + full, "\"}],\"isError\":false}}\n");
        }
        if (!waits(&lines) || full > MOST / 2) {
            put(1, out, full);
            full = 0;
        }
    }
    return 0;
}

static long field(pid_t of, const char *file, const char *name) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)of, file);
    int from = open(path, O_RDONLY);
    if (from < 0) return 0;
    ssize_t count = read(from, text, sizeof text - 1);
    close(from);
    if (count <= 0) return 0;
    text[count] = 0;
    if (name != NULL) {
        char *at = strstr(text, name);
        return at == NULL ? 0 : strtol(at + strlen(name), NULL, 10);
    }
    /* utime and stime: the 12th and 13th behind the name in parentheses. */
    char *at = strrchr(text, ')');
    long sum = 0;
    for (int number = 0; at != NULL && number < 13; number++) {
        at = strchr(at + 1, ' ');
        if (number >= 11 && at != NULL) sum += strtol(at, NULL, 10);
    }
    return sum * (1000000 / sysconf(_SC_CLK_TCK));
}

static int ascending(const void *one, const void *other) {
    uint64_t first = *(const uint64_t *)one, second = *(const uint64_t *)other;
    return (first > second) - (first < second);
}

static int drive(long count, long window, long seconds, const char *argument, char **command) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) die("pipe");
    alarm((unsigned)seconds + PATIENCE);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(to[0], 0);
        dup2(from[1], 1);
        execvp(command[0], command);
        die(command[0]);
    }
    close(to[0]);
    close(from[1]);
    signal(SIGPIPE, SIG_IGN);
    fcntl(to[1], F_SETPIPE_SZ, 1 << 20);
    struct lines lines = lines_of(from[0]);
    static const char hello[] =
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
        "\"clientInfo\":{\"name\":\"wire\",\"version\":\"1\"}}}\n";
    static const char rest[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}\n";
    size_t length;
    put(to[1], hello, sizeof hello - 1);
    if (take(&lines, &length) == NULL) return 3;
    put(to[1], rest, sizeof rest - 1);
    if (take(&lines, &length) == NULL) return 3;

    uint64_t *sent = calloc((size_t)count, sizeof *sent), *took = calloc((size_t)count, sizeof *took);
    char *out = malloc(MOST);
    uint64_t began = now(), bytes = 0, until = began + (uint64_t)seconds * 1000000000u;
    long asked = 0, answered = 0, refused = 0, early = 0, processor = field(child, "stat", NULL);
    while (answered < count) {
        size_t full = 0;
        if (now() > until) count = asked;
        if (answered == count) break;
        for (; asked < count && asked - answered < window && full < 48 * 1024; asked++) {
            sent[asked] = now();
            full += (size_t)sprintf(out + full,
                "{\"jsonrpc\":\"2.0\",\"id\":%ld,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\",\"arguments\":{\"text\":\"%s\"}}}\n",
                asked + 2, argument);
        }
        put(to[1], out, full);
        do {
            char *line = take(&lines, &length);
            if (line == NULL) return 4;
            /* At either end, whatever order a proxy writes members in. */
            char *id = strstr(line, "\"id\":");
            if (id != NULL && id - line > 64) id = strstr(line + length - 64, "\"id\":");
            long number = id == NULL ? -1 : strtol(id + 5, NULL, 10) - 2;
            if (number < 0 || number >= count) continue;
            took[number] = now() - sent[number];
            bytes += length;
            answered++;
            refused += length < 400 && (strstr(line, "\"error\"") != NULL || strstr(line, "denied") != NULL);
            if (early == 0 && (answered >= count / 10 || (answered % 64 == 0 && now() > until - (until - began) / 10 * 9))) early = field(child, "status", "VmRSS:");
        } while (waits(&lines) || asked - answered >= window || (asked == count && answered < count));
    }
    uint64_t all = now() - began;
    processor = field(child, "stat", NULL) - processor;
    long late = field(child, "status", "VmRSS:"), own = field(child, "status", "RssAnon:");
    close(to[1]);
    qsort(took, (size_t)count, sizeof *took, ascending);
    printf("{\"count\":%ld,\"ns\":%llu,\"median_ns\":%llu,\"p99_ns\":%llu,\"bytes\":%llu,\"refused\":%ld,\"early_kb\":%ld,\"late_kb\":%ld,\"own_kb\":%ld,\"cpu_us\":%ld}\n",
        count, (unsigned long long)all, (unsigned long long)took[count / 2], (unsigned long long)took[count * 99 / 100],
        (unsigned long long)bytes, refused, early, late, own, processor);
    fflush(stdout);
    /* Proxies leave their children alone with a closed pipe; none of them outlives this by long. */
    for (int tries = 0; tries < 300; tries++) {
        if (waitpid(child, NULL, WNOHANG) == child) return 0;
        usleep(10000);
    }
    kill(child, SIGTERM);
    usleep(300000);
    kill(child, SIGKILL);
    return 0;
}

int main(int count, char **words) {
    if (count >= 2 && strcmp(words[1], "serve") == 0) return serve();
    if (count >= 7 && strcmp(words[1], "drive") == 0) return drive(atol(words[2]), atol(words[3]), atol(words[4]), words[5], words + 6);
    fprintf(stderr, "usage: wire serve | wire drive COUNT WINDOW SECONDS ARGUMENT COMMAND...\n");
    return 2;
}
