/* mica models rollback: the champion is again the one before. */
#include "cli/repository_of.h"

typedef struct rollback_options {
    common_options common;
    const char *repository;
} rollback_options;

#define O rollback_options
static const option options[] = {
    REPOSITORY_OPTION(O),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static mica_status rollback(mica_context *ctx, const rollback_options *o, mica_error *err) {
    char by[160];
    change_of c;
    int64_t now, before;
    int skipped;
    const char *name = o->common.argument[0];
    TRY(change_by(ctx, o->repository, name, by, &c, err));
    TRY(store_rollback(&c, &now, &before, &skipped, err));
    if (skipped)
        warn(&o->common, "%d earlier champion%s passed over: retired, deleted or missing", skipped,
             skipped == 1 ? " was" : "s were");
    if (o->common.json)
        print_json(json_pack("{s:s, s:I, s:I, s:i}", "name", name, "version", (json_int_t)now,
                             "before", (json_int_t)before, "skipped", skipped));
    else
        printf("%s: champion is version %lld (it was %lld)\n", name, (long long)now,
               (long long)before);
    return MICA_OK;
}

static int run(void *raw) {
    const rollback_options *o = raw;
    mica_context *ctx = open_context(&o->common, 0);
    mica_error err = {0};
    return finish(ctx, &o->common, rollback(ctx, o, &err), &err);
}

const command command_models_rollback = {
    "models rollback",
    "NAME",
    "make the champion what it was before",
    options,
    sizeof(rollback_options),
    1,
    1,
    run,
    "Again: the one before that. Versions that are retired or deleted are passed over.\n"};
