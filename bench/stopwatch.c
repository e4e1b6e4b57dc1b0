/* Runs a command and prints what it cost: stopwatch OUTPUT COMMAND [ARGUMENT...]
 *
 * OUTPUT gets one line: wall time in microseconds from spawn to wait4, peak resident memory in KiB (the largest of the
 * command and the children it waited for), exit status or 128 + signal.
 *
 * In C because Linux counts the memory of whoever called exec into the peak of what was executed: measured from Python,
 * nothing could ever be smaller than Python. This program's own floor is about 1 MiB. posix_spawn, because it copies no
 * page tables: what is timed is the command. */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: stopwatch OUTPUT COMMAND [ARGUMENT...]\n");
    return 2;
  }
  struct timespec start, end;
  struct rusage usage;
  int status;
  pid_t child;
  clock_gettime(CLOCK_MONOTONIC, &start);
  int error = posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ);
  if (error != 0) {
    fprintf(stderr, "stopwatch: %s: %s\n", argv[2], strerror(error));
    return 2;
  }
  if (wait4(child, &status, 0, &usage) < 0) {
    perror("stopwatch: wait4");
    return 2;
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  long long micros = (end.tv_sec - start.tv_sec) * 1000000LL + (end.tv_nsec - start.tv_nsec) / 1000;
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  FILE *output = fopen(argv[1], "w");
  if (output == NULL) {
    perror("stopwatch: output");
    return 2;
  }
  fprintf(output, "%lld %ld %d\n", micros, usage.ru_maxrss, code);
  return fclose(output) == 0 ? 0 : 2;
}
