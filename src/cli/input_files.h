/* Files whose samples are predicted: those that are given, and the pictures, sounds and arrays of
 * folders that are. */
#ifndef CLI_INPUT_FILES_H
#define CLI_INPUT_FILES_H

#include "base/memory.h"
#include "cli/cli.h"

typedef struct input_files {
    arena texts;
    const char **at;
    size_t count, room;
    size_t unread; /* folders that could not be read, or hold none; they were told */
} input_files;

/* Those of the arguments from number `from` on; `texts`: .txt of folders too. A folder that cannot
 * be read, or holds none, is told and left out; where nothing else is left, that is the error.
 * err says the first of them in any case. */
mica_status input_files_list(const common_options *c, int from, bool texts, input_files *s,
                             mica_error *err);
void input_files_free(input_files *s);

#endif
