/* Files whose samples are predicted: those that are given, and the pictures and arrays of folders
 * that are. */
#ifndef CLI_INPUT_FILES_H
#define CLI_INPUT_FILES_H

#include "base/memory.h"
#include "cli/cli.h"

typedef struct input_files {
    arena texts;
    const char **at;
    size_t count, room;
} input_files;

/* Those of the arguments from number `from` on; `texts`: .txt of folders too. Errors: IO for a
 * folder without any. */
mica_status input_files_list(const common_options *c, int from, bool texts, input_files *s,
                             mica_error *err);
void input_files_free(input_files *s);

#endif
