/* mica key: who may ask a server; each of its commands is a file and a line in key.def. */
#include "cli/cli.h"

#define KEY(name) extern const command command_##name;
#include "cli/key.def"
#undef KEY

static const command *const commands[] = {
#define KEY(name) &command_##name,
#include "cli/key.def"
#undef KEY
    NULL,
};

typedef struct key_options {
    common_options common;
} key_options;

static const option options[] = {FLAG(key_options, common.help, "help", "this text"),
                                 END_OF_OPTIONS};

static const char *word(size_t i) { return commands[i] ? command_word(commands[i]) : NULL; }

const command command_key = {
    .name = "key",
    .arguments = "COMMAND",
    .summary = "make, list and revoke the API keys of a server",
    .options = options,
    .options_size = sizeof(key_options),
    .max_arguments = -1,
    .word = word,
    .commands = commands,
};
