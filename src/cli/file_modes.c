/* See file_modes.h. */
#include "cli/file_modes.h"

#include <sys/stat.h>

void warn_of_mode(const common_options *c, const char *path, bool secret) {
    struct stat facts;
    if (!path || stat(path, &facts)) return;
    const unsigned mode = (unsigned)facts.st_mode & 07777;
    if (mode & (S_IWGRP | S_IWOTH))
        warn(c, "%s: others may write it (mode %04o): chmod go-w %s", path, mode, path);
    if (secret && mode & S_IROTH)
        warn(c, "%s: everyone on this machine may read this secret (mode %04o): chmod o-rwx %s",
             path, mode, path);
}
