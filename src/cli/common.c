/* What commands share: contexts, errors, JSON. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

static void log_line(void *user, mica_log_level level, const char *line) {
    const bool *quiet = user;
    if (level == MICA_LOG_INFO && *quiet) return;
    fprintf(stderr, "mica: %s%s\n", level == MICA_LOG_WARNING ? "warning: " : "", line);
}

mica_context *open_context(const common_options *o) {
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = (uint64_t)o->seed, .threads = (int)o->threads,
                                               .backend = o->backend, .log = log_line, .log_user = (void *)&o->quiet));
    if (!ctx) fprintf(stderr, "mica: no memory\n");
    return ctx;
}

int report(const common_options *o, const mica_error *err) {
    fprintf(stderr, "mica: %s\n", err->message);
    if (o->json) print_json(json_pack("{s:s}", "error", err->message));
    return EXIT_FAILED;
}

int finish(mica_context *ctx, const common_options *o, mica_status status, const mica_error *err) {
    mica_close(&ctx);
    return status == MICA_OK ? EXIT_DONE : report(o, err);
}

void print_json(json_t *value) {
    char *line = value ? config_text(value) : NULL;
    if (line) puts(line);
    free(line);
    json_decref(value);
}

json_t *results_json(const mica_results *r) {
    json_t *object = json_object();
    for (int i = 0; i < r->count; i++) {
        bool finite = r->value[i] - r->value[i] == 0;
        json_object_set_new(object, r->name[i], finite ? json_real(r->value[i]) : json_null());
    }
    return object;
}
