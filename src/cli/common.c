/* What commands share: contexts, errors, JSON, data. */
#include "cli/cli.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void log_line(void *user, mica_log_level level, const char *line) {
    const common_options *o = user;
    if (o->quiet && level == MICA_LOG_INFO) return;
    fprintf(stderr, "mica: %s%s\n", level == MICA_LOG_WARNING ? "warning: " : "", line);
}

void say(const common_options *o, const char *format, ...) {
    va_list args;
    if (o->quiet) return;
    va_start(args, format);
    fputs("mica: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

mica_context *open_context(const common_options *o, uint64_t seed) {
    mica_context *ctx = mica_open(
        MICA_OPTIONS(context, .seed = seed, .threads = given(o->threads) ? (int)o->threads : 0,
                     .backend = o->backend, .log = log_line, .log_user = (void *)o));
    if (!ctx) fprintf(stderr, "mica: no memory\n");
    return ctx;
}

int report(const common_options *o, const mica_error *err) {
    fflush(stdout);
    fprintf(stderr, "mica: %s\n", err->message);
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

json_t *results_json(const mica_results *r) {
    json_t *object = json_object();
    for (int i = 0; i < r->count; i++)
        json_object_set_new(object, r->name[i], real_json(r->value[i]));
    return object;
}
