/* What commands share: messages, language, contexts, errors, JSON. */
#include "cli/cli.h"

#include "cli/piped.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- messages ---- */

const char *const log_levels[] = {"error", "warning", "info", NULL};

static mica_log_level level_of(const common_options *o) {
    for (int i = 0; log_levels[i] && o->log_level; i++)
        if (!strcmp(o->log_level, log_levels[i])) return (mica_log_level)i;
    return o->quiet ? MICA_LOG_WARNING : MICA_LOG_INFO;
}

/* Colours only where a person looks, and has not asked for none (https://no-color.org). */
static bool colored(void) {
    const char *terminal = getenv("TERM"), *never = getenv("NO_COLOR");
    return isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") && !(never && *never);
}

static void begin_line(mica_log_level level) {
    static const char *const words[] = {"", "warning: ", ""}, *const on[] = {"\033[1;31m",
                                                                             "\033[1;33m", ""};
    bool color = colored() && on[level][0];
    fprintf(stderr, "%smica: %s%s", color ? on[level] : "", words[level], color ? "\033[0m" : "");
}

static void log_line(void *user, mica_log_level level, const char *line) {
    if (level > level_of(user)) return;
    begin_line(level);
    fprintf(stderr, "%s\n", line);
}

#define LOG(o, level, format)                                                                      \
    do {                                                                                           \
        char line_[2048];                                                                          \
        va_list args_;                                                                             \
        va_start(args_, format);                                                                   \
        vsnprintf(line_, sizeof line_, format, args_);                                             \
        va_end(args_);                                                                             \
        log_line((void *)(o), level, line_);                                                       \
    } while (0)

void say(const common_options *o, const char *format, ...) { LOG(o, MICA_LOG_INFO, format); }
void warn(const common_options *o, const char *format, ...) { LOG(o, MICA_LOG_WARNING, format); }

/* ---- language ---- */

const char *const language_names[] = {"en", "zh", NULL};

language language_of(const common_options *o) {
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    const char *name = o->language;
    for (size_t i = 0; i < LENGTH(variables) && !(name && *name); i++) name = getenv(variables[i]);
    return name && !strncmp(name, "zh", 2) ? CHINESE : ENGLISH;
}

/* ---- contexts, errors, JSON ---- */

mica_context *open_context(const common_options *o, uint64_t seed) {
    mica_context *ctx = mica_open(
        MICA_OPTIONS(context, .seed = seed, .threads = given(o->threads) ? (int)o->threads : 0,
                     .backend = o->backend, .log = log_line, .log_user = (void *)o));
    if (!ctx) fprintf(stderr, "mica: no memory\n");
    return ctx;
}

int report(const common_options *o, const mica_error *failed) {
    mica_error named = *failed, *err = &named;
    piped_table_name(err);
    fflush(stdout);
    begin_line(MICA_LOG_ERROR);
    fprintf(stderr, "%s (mica explain %s)\n", err->message, status_name(err->code));
    if (o->json)
        print_json(json_pack("{s:s, s:s}", "error", err->message, "code", status_name(err->code)));
    return EXIT_FAILED;
}

int finish(mica_context *ctx, const common_options *o, mica_status status, const mica_error *err) {
    mica_close(&ctx);
    return status == MICA_OK ? EXIT_DONE : report(o, err);
}

void print_json(json_t *value) {
    char *line = value ? config_text(value) : NULL;
    if (line) puts(line);
    else fprintf(stderr, "mica: no memory for the result\n");
    free(line);
    json_decref(value);
}

json_t *real_json(double value) { return isfinite(value) ? json_real(value) : json_null(); }

double plain_nan(double value) { return value == value ? value : NAN; }

json_t *results_json(const mica_results *r) {
    json_t *object = json_object();
    for (int i = 0; i < r->count; i++)
        json_object_set_new(object, r->name[i], real_json(r->value[i]));
    return object;
}
