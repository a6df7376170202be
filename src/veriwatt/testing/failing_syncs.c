/* Preloaded into a process: some of its syncs fail with EIO, as a failing disk reports them. Of no use in production.

   FAILING_SYNCS  "count,one_in,seed,part": at most `count` failures, one sync in `one_in`, of files whose path has `part`.
   FAILED_SYNCS   a file that gets one byte for each failure.
*/
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int left = -1, one_in = 5;
static unsigned seed;
static char part[256];

static int fails(int handle) {
    if (left < 0) {
        const char *said = getenv("FAILING_SYNCS");
        if (said == NULL || sscanf(said, "%d,%d,%u,%255s", &left, &one_in, &seed, part) < 3) left = 0;
    }
    if (left == 0 || rand_r(&seed) % one_in) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    if (strstr(path, part) == NULL) return 0;
    left--;
    const char *told = getenv("FAILED_SYNCS");
    int tally = told == NULL ? -1 : open(told, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (tally >= 0) {
        if (write(tally, "x", 1) < 0) left = 0;
        close(tally);
    }
    errno = EIO;
    return 1;
}

int fsync(int handle) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return fails(handle) ? -1 : real(handle);
}

int fdatasync(int handle) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return fails(handle) ? -1 : real(handle);
}
