/* Runs a command and prints what it cost: stopwatch OUTPUT COMMAND [ARGUMENT...]
 *
 * OUTPUT gets one line: wall time in microseconds, peak resident memory in KiB (the largest of the command and the
 * children it waited for), exit status or 128 + signal.
 *
 * In C because Linux counts the memory of whoever called exec into the peak of what was executed: measured from Python,
 * nothing could ever be smaller than Python. This program's own floor is about 1 MiB. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: stopwatch OUTPUT COMMAND [ARGUMENT...]\n");
    return 2;
  }
  struct timespec start, end;
  struct rusage usage;
  int status;
  clock_gettime(CLOCK_MONOTONIC, &start);
  pid_t child = fork();
  if (child < 0) {
    perror("stopwatch: fork");
    return 2;
  }
  if (child == 0) {
    execvp(argv[2], argv + 2);
    perror("stopwatch: exec");
    _exit(127);
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
