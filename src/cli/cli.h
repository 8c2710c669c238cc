/* A command from inside. To add one: src/cli/foo.c with `const command command_foo` (options table,
 * run), and COMMAND(foo) in commands.def. A command of `mica data` is src/cli/data_foo.c with
 * `const command command_data_foo`, named "data foo", and DATA(data_foo) in data.def. Help, manual
 * pages, completions, docs/commands.md and the checks of options follow from the tables. Results go
 * to stdout, progress and messages to stderr. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/config.h"
#include "base/strbuf.h"
#include "mica/mica.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 }; /* and 128 + signal: 130, 143 */

typedef enum option_type {
    OPTION_FLAG,    /* bool */
    OPTION_TEXT,    /* const char *; NULL: not given */
    OPTION_TEXTS,   /* option_texts: may be given again */
    OPTION_INTEGER, /* int64_t; NOT_GIVEN, see given() */
    OPTION_REAL,    /* double; NaN: not given, see real_given() */
} option_type;

#define MOST_TEXTS 1024
typedef struct option_texts {
    int count;
    const char *at[MOST_TEXTS];
} option_texts;

typedef struct option {
    const char *name; /* "batch-size" */
    option_type type;
    size_t offset;
    const char *argument; /* "N", for help */
    double min, max;      /* of numbers, inclusive */
    const char *help;
    const char *const *choices; /* of a text, ending in NULL; NULL: any */
    const char *listing;        /* `mica list LISTING` names the values; NULL: none does */
} option;

#define FLAG(owner, member, name, help)                                                            \
    { name, OPTION_FLAG, offsetof(owner, member), NULL, 0, 0, help }
#define TEXT_OPTION(owner, member, name, argument, help)                                           \
    { name, OPTION_TEXT, offsetof(owner, member), argument, 0, 0, help }
#define CHOICE_OPTION(owner, member, name, argument, choices, help)                                \
    { name, OPTION_TEXT, offsetof(owner, member), argument, 0, 0, help, choices }
#define NAME_OPTION(owner, member, name, listing, help)                                            \
    { name, OPTION_TEXT, offsetof(owner, member), "NAME", 0, 0, help, NULL, listing }
#define TEXTS_OPTION(owner, member, name, argument, help)                                          \
    { name, OPTION_TEXTS, offsetof(owner, member), argument, 0, 0, help }
#define COUNT_OPTION(owner, member, name, argument, min, help)                                     \
    { name, OPTION_INTEGER, offsetof(owner, member), argument, min, 9e15, help }
#define RANGE_OPTION(owner, member, name, argument, min, max, help)                                \
    { name, OPTION_INTEGER, offsetof(owner, member), argument, min, max, help }
#define REAL_OPTION(owner, member, name, argument, min, max, help)                                 \
    { name, OPTION_REAL, offsetof(owner, member), argument, min, max, help }
#define END_OF_OPTIONS                                                                             \
    { NULL, OPTION_FLAG, 0, NULL, 0, 0, NULL }

#define NOT_GIVEN INT64_MIN
static inline bool given(int64_t value) { return value != NOT_GIVEN; }
static inline bool real_given(double value) { return value == value; }

/* What every command's options struct begins with. */
typedef struct common_options {
    bool json, quiet, help;
    int64_t threads;
    const char *backend, *log_level, *language;
    int arguments; /* what is not an option */
    const char *argument[MOST_TEXTS];
} common_options;

#define COMMON_OPTIONS(owner)                                                                      \
    FLAG(owner, common.json, "json", "one line of JSON on standard output"),                       \
        FLAG(owner, common.quiet, "quiet", "no progress, no messages but warnings and errors"),    \
        CHOICE_OPTION(owner, common.log_level, "log-level", "LEVEL", log_levels,                   \
                      "messages from this level on: error, warning, info (default info)"),         \
        FLAG(owner, common.help, "help", "this text")
#define RUN_OPTIONS(owner)                                                                         \
    RANGE_OPTION(owner, common.threads, "threads", "N", 1, MICA_MAX_THREADS,                       \
                 "worker threads, at most 1024 (default: as the machine allows)"),                 \
        NAME_OPTION(owner, common.backend, "backend", "backends",                                  \
                    "no better backend than this one (mica list backends)")
#define LANGUAGE_OPTION(owner)                                                                     \
    CHOICE_OPTION(owner, common.language, "lang", "LANG", language_names,                          \
                  "en or zh (default: the locale's)")

typedef struct command {
    const char *name, *arguments, *summary; /* "train", "RECIPE.json | --model FILE …", one line */
    const option *options;
    size_t options_size;
    int min_arguments, max_arguments; /* max -1: any number */
    int (*run)(void *options);        /* returns the exit status */
    const char *details;              /* for help, after the options; may be NULL */
    const char *(*word)(size_t i);    /* what the first argument may be; NULL after the last, or
                                         where it is a file */
    const struct command *const *commands; /* its own commands, ending in NULL: the first argument
                                              names one, and that one runs */
} command;

/* The last word of its name: "describe" of "data describe". */
const char *command_word(const command *c);
/* Option i of the command, then of its own commands, each name once; NULL after the last. */
const option *command_option(const command *c, size_t i);

extern const command *const all_commands[]; /* ends in NULL */
#define COMMAND(name) extern const command command_##name;
#include "cli/commands.def"
#undef COMMAND

/* Fills an options struct; false (and a message on stderr) where the usage is wrong. */
bool parse_options(const command *c, int argc, char **argv, void *options);
/* Sets what the command line did not, from an object with the options' names, _ for -. Names that
 * are in `others` (ends in NULL) are left alone. Texts are the tree's. Errors: NAME, TYPE, VALUE.
 */
mica_status options_from_config(const command *c, const json_t *config, const char *const *others,
                                void *options, mica_error *err);
void print_help(const command *c, FILE *out);
/* The message on stderr, and where help is; returns EXIT_USAGE. */
int wrong_usage(const command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

extern const char *const log_levels[], *const language_names[];
typedef enum language { ENGLISH, CHINESE } language;
/* --lang, else what LC_ALL, LC_MESSAGES, LANG say (the first that is set). */
language language_of(const common_options *o);

/* The context for a command; warnings go to stderr. NULL and a message without memory. */
mica_context *open_context(const common_options *o, uint64_t seed);
/* A line on stderr, where the log level asks for it. */
void say(const common_options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
void warn(const common_options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints the error and its code to stderr, and as JSON to stdout where asked; EXIT_FAILED. */
int report(const common_options *o, const mica_error *err);
/* Closes ctx and tells the exit status: 0, or report(). */
int finish(mica_context *ctx, const common_options *o, mica_status status, const mica_error *err);
/* Prints a JSON value as one line and frees it. */
void print_json(json_t *value);
/* {"loss": …}; what is not finite is null. */
json_t *results_json(const mica_results *r);
json_t *real_json(double value);
/* NaN of whatever sign prints as "nan". */
double plain_nan(double value);

#endif
