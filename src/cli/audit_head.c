/* mica audit head: where an audit log ends now, to be kept elsewhere. */
#include "cli/audit.h"

typedef struct head_options {
    common_options common;
    const char *key;
} head_options;

#define O head_options
static const option options[] = {
    TEXT_OPTION(O, key, "key", "FILE", "the key of the log's hashes, where it has one (mode 0600)"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static mica_status head(void *raw, const audit_key *key, mica_error *err) {
    const head_options *o = raw;
    audit_report r;
    TRY(audit_find_head(o->common.argument[0], key, &r, err));
    print_json(json_pack("{s:I, s:s, s:s, s:s}", "seq", (json_int_t)r.last.seq, "hash", r.last.hash,
                         "time", r.time, "segment", r.path));
    return MICA_OK;
}

static int run(void *raw) {
    head_options *o = raw;
    mica_error err = {0};
    return with_audit_key(o->key, head, o, &err) == MICA_OK ? EXIT_DONE : report(&o->common, &err);
}

const command command_audit_head = {
    "audit head",
    "FOLDER",
    "the last record's number and hash, as JSON",
    options,
    sizeof(head_options),
    1,
    1,
    run,
    "Kept where the log's writer cannot change it, it shows later that nothing before it was cut\n"
    "off: mica audit head FOLDER > head.json; mica audit verify FOLDER --head head.json"};
