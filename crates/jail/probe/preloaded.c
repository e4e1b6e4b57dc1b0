/* A library that leaves a mark when it is loaded, and answers as an auditor. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

unsigned la_version(unsigned version);
unsigned la_version(unsigned version) { return version; }

__attribute__((constructor)) static void loaded(void) {
    const char *path = getenv("PROBE_MARK");
    int fd = path ? open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) : -1;
    if (fd >= 0)
        close(fd);
}
