/* Who may read and write files that others should not. */
#ifndef CLI_FILE_MODES_H
#define CLI_FILE_MODES_H

#include "cli/cli.h"

/* Warns where others than owner and group may write the file or, of a secret, read it; where the
 * group may write it, too. Path NULL: no file. What cannot be asked says whoever reads it. */
void warn_of_mode(const common_options *c, const char *path, bool secret);

#endif
