/* mica models retire: servers unload a version. */
#include "cli/repository_of.h"

typedef struct retire_options {
    common_options common;
    const char *repository;
    bool delete, restore;
} retire_options;

#define O retire_options
static const option options[] = {
    REPOSITORY_OPTION(O),
    FLAG(O, delete, "delete", "its files go, too"),
    FLAG(O, restore, "restore", "it is no longer retired"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static mica_status retire(mica_context *ctx, const retire_options *o, mica_error *err) {
    static const char *const states[] = {"retired", "deleted", "live"};
    char by[160];
    change_of c;
    int64_t number;
    const retire_how how = o->restore ? RETIRE_RESTORE : o->delete ? RETIRE_DELETE : RETIRE;
    const char *name = o->common.argument[0];
    if (o->delete &&o->restore)
        return fail(err, MICA_VALUE, "--delete and --restore exclude each other");
    TRY(change_by(ctx, o->repository, name, by, &c, err));
    TRY(store_retire(&c, o->common.argument[1], how, &number, err));
    if (o->common.json)
        print_json(json_pack("{s:s, s:I, s:s}", "name", name, "version", (json_int_t)number,
                             "state", states[how]));
    else printf("%s: version %lld is %s\n", name, (long long)number, states[how]);
    return MICA_OK;
}

static int run(void *raw) {
    const retire_options *o = raw;
    mica_context *ctx = open_context(&o->common, 0);
    mica_error err = {0};
    return finish(ctx, &o->common, retire(ctx, o, &err), &err);
}

const command command_models_retire = {
    "models retire",
    "NAME VERSION",
    "take a version out of service",
    options,
    sizeof(retire_options),
    2,
    2,
    run,
    "VERSION is a number or an alias. Servers unload it, requests that run go on; its aliases go.\n"
    "The champion cannot be retired.\n"};
