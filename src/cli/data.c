/* mica data: what is done to data before training; each of its commands is a file and a line in
 * data.def. */
#include "cli/cli.h"

#define DATA(name) extern const command command_##name;
#include "cli/data.def"
#undef DATA

static const command *const commands[] = {
#define DATA(name) &command_##name,
#include "cli/data.def"
#undef DATA
    NULL,
};

typedef struct data_options {
    common_options common;
} data_options;

static const option options[] = {FLAG(data_options, common.help, "help", "this text"),
                                 END_OF_OPTIONS};

static const char *word(size_t i) { return commands[i] ? command_word(commands[i]) : NULL; }

const command command_data = {
    .name = "data",
    .arguments = "COMMAND",
    .summary = "look at data, change and convert it",
    .options = options,
    .options_size = sizeof(data_options),
    .max_arguments = -1,
    .word = word,
    .commands = commands,
};
