/* Opens and closes a file: opens COUNT PATH. Prints the time of one open and close, in nanoseconds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: opens COUNT PATH\n");
    return 2;
  }
  long count = strtol(argv[1], NULL, 10);
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (long turn = 0; turn < count; turn++) {
    int file = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (file < 0) {
      perror(argv[2]);
      return 1;
    }
    close(file);
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  long long nanos = (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec);
  printf("%lld\n", count > 0 ? nanos / count : 0);
  return 0;
}
