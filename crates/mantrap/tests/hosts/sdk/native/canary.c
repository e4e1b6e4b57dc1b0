/* A library that runs code wherever it is loaded: its constructor, or as an agent of a Java machine. It writes the file
 * that the variable CANARY names. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void sing(void) {
  const char *canary = getenv("CANARY");
  if (canary) close(open(canary, O_CREAT | O_WRONLY, 0600));
}

unsigned int la_version(unsigned int version) { return version; } /* for LD_AUDIT */

int Agent_OnLoad(void *machine, char *options, void *reserved) {
  (void)machine, (void)options, (void)reserved;
  return 0;
}
