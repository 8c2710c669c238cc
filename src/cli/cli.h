/* A command from inside. To add one: src/cli/foo.c with `const command command_foo` (options table,
 * run), and COMMAND(foo) in commands.def. Help, completion and the checks of options follow from the
 * table. Results go to stdout, progress and messages to stderr. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/config.h"
#include "base/strbuf.h"
#include "mica/mica.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INT = 130, EXIT_TERM = 143 };

typedef enum option_type {
    OPTION_FLAG,   /* bool */
    OPTION_TEXT,   /* const char * */
    OPTION_TEXTS,  /* option_texts: may be given again */
    OPTION_INTEGER, /* int64_t */
    OPTION_REAL,   /* double */
} option_type;

#define MOST_TEXTS 256
typedef struct option_texts {
    int count;
    const char *at[MOST_TEXTS];
} option_texts;

typedef struct option {
    const char *name; /* "batch-size" */
    option_type type;
    size_t offset;
    const char *argument; /* "N", for help */
    double min;           /* of numbers */
    const char *help;
} option;

#define FLAG(owner, member, name, help) {name, OPTION_FLAG, offsetof(owner, member), NULL, 0, help}
#define OPTION(type, owner, member, name, argument, min, help)                                     \
    {name, type, offsetof(owner, member), argument, min, help}
#define END_OF_OPTIONS {NULL, OPTION_FLAG, 0, NULL, 0, NULL}

/* What every command's options struct begins with. */
typedef struct common_options {
    bool json, quiet, help;
    int64_t threads, seed;
    const char *backend;
    int arguments; /* what is not an option */
    const char *argument[MOST_TEXTS];
} common_options;

#define COMMON_OPTIONS(owner)                                                                      \
    FLAG(owner, common.json, "json", "one line of JSON on standard output"),                       \
    FLAG(owner, common.quiet, "quiet", "no progress, no messages but errors"),                     \
    OPTION(OPTION_INTEGER, owner, common.threads, "threads", "N", 1, "worker threads (default: as the machine allows)"), \
    OPTION(OPTION_TEXT, owner, common.backend, "backend", "NAME", 0, "use no better backend than this one"), \
    FLAG(owner, common.help, "help", "this text")

typedef struct command {
    const char *name, *arguments, *summary; /* "train", "RECIPE.json | --model FILE …", one line */
    const option *options;
    size_t options_size;
    int min_arguments, max_arguments; /* max -1: any number */
    int (*run)(void *options);
    const char *details; /* for help, after the options; may be NULL */
} command;

extern const command *const all_commands[]; /* ends in NULL */

/* Fills a zeroed options struct; false (and a message on stderr) where the usage is wrong. */
bool parse_options(const command *c, int argc, char **argv, void *options);
void print_help(const command *c, FILE *out);
/* The context for a command; warnings go to stderr. NULL and a message without memory. */
mica_context *open_context(const common_options *o);
/* Prints the error to stderr, as JSON to stdout too where asked; returns EXIT_FAILED. */
int report(const common_options *o, const mica_error *err);
/* Closes ctx and tells the exit code: 0, or report(). */
int finish(mica_context *ctx, const common_options *o, mica_status status, const mica_error *err);
/* Prints a JSON value as one line and frees it. */
void print_json(json_t *value);
json_t *results_json(const mica_results *r);

#endif
