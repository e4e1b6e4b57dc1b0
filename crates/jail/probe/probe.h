/*
 * The probe: one forbidden act per run, really done.
 *
 * `probe TECHNIQUE [ARGUMENTS]` prints one line and ends with
 *   0  `done: …`                  the act succeeded; what it got follows
 *   3  `refused: call: errno`     the act was refused, by the named call
 *   4  `error: …`                 the probe could not try
 * Every run is bounded by an alarm. `probe --private TECHNIQUE …` first makes itself root of its own user, mount,
 * network, pid, uts and ipc namespaces: a place where acts that need privilege can be shown to work.
 */
#ifndef PROBE_H
#define PROBE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define REFUSED 3
#define BROKEN 4

/* Ends the probe with success. The text goes on one line, control characters escaped. */
__attribute__((noreturn, format(printf, 1, 2))) void done(const char *format, ...);
/* Ends the probe with a refusal of `call` by the current errno. */
__attribute__((noreturn)) void refused(const char *call);
/* The same where the refusal is no errno. */
__attribute__((noreturn, format(printf, 2, 3))) void refused_because(const char *call, const char *format, ...);
/* Ends the probe because it could not try. */
__attribute__((noreturn, format(printf, 1, 2))) void broken(const char *format, ...);

/* Reads from an open file and ends with what it held. */
__attribute__((noreturn)) void done_with_content(int fd);
/* Reads a file and ends with what it held, or with the refusal. */
__attribute__((noreturn)) void read_and_end(int dirfd, const char *path);

long number(const char *text);
/* Milliseconds since some fixed moment. */
long now_ms(void);
void sleep_ms(long ms);
/* Says a word to the test and waits for its line; nothing else is read or written until then. */
void ask_the_test(const char *word);

typedef void act(int count, char **arguments);
struct technique {
    const char *name;
    int arguments; /* at least */
    act *run;
    const char *usage;
};

extern const struct technique files[], writing[], mounting[], executing[], inet[], local_sockets[], names[], processes[],
    kernel[], ambient[], exhaustion[], races[], helpers[];

#endif
