/* mica models: versions in a repository; each of its commands is a file and a line in models.def.
 */
#include "cli/cli.h"

#define MODELS(name) extern const command command_##name;
#include "cli/models.def"
#undef MODELS

static const command *const commands[] = {
#define MODELS(name) &command_##name,
#include "cli/models.def"
#undef MODELS
    NULL,
};

typedef struct models_options {
    common_options common;
} models_options;

static const option options[] = {FLAG(models_options, common.help, "help", "this text"),
                                 END_OF_OPTIONS};

static const char *word(size_t i) { return commands[i] ? command_word(commands[i]) : NULL; }

const command command_models = {
    .name = "models",
    .arguments = "COMMAND",
    .summary = "list the versions in a repository, name, roll back and retire them",
    .options = options,
    .options_size = sizeof(models_options),
    .max_arguments = -1,
    .word = word,
    .commands = commands,
};
