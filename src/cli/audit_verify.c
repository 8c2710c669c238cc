/* mica audit verify: whether an audit log is as it was written. */
#include "cli/audit.h"

typedef struct verify_options {
    common_options common;
    const char *key, *head;
} verify_options;

#define O verify_options
static const option options[] = {
    TEXT_OPTION(O, key, "key", "FILE", "the key of the log's hashes, where it has one (mode 0600)"),
    TEXT_OPTION(O, head, "head", "FILE",
                "a head that mica audit head wrote: it must be in the log"),
    COMMON_OPTIONS(O),
    END_OF_OPTIONS,
};

static json_t *place_json(const audit_head *h) {
    return json_pack("{s:I, s:s}", "seq", (json_int_t)h->seq, "hash", h->hash);
}

static void print_report(const verify_options *o, const audit_report *r) {
    if (o->common.json) {
        print_json(json_pack("{s:b, s:i, s:I, s:I, s:o, s:I}", "whole", true, "segments",
                             r->segments, "records", (json_int_t)r->records, "first_seq",
                             (json_int_t)r->first.seq, "head", place_json(&r->last), "torn_bytes",
                             (json_int_t)r->torn));
        return;
    }
    printf("%s: whole: %llu records in %d segment%s, %llu to %llu\nhead %s\n",
           o->common.argument[0], (unsigned long long)r->records, r->segments,
           r->segments == 1 ? "" : "s", (unsigned long long)r->first.seq,
           (unsigned long long)r->last.seq, r->last.hash);
    if (r->torn) printf("a record is being written: %zu bytes\n", r->torn);
}

static mica_status verify(void *raw, const audit_key *key, mica_error *err) {
    const verify_options *o = raw;
    audit_head head;
    audit_report report;
    if (o->head) TRY(audit_read_head(o->head, &head, err));
    TRY(audit_verify(o->common.argument[0], key, o->head ? &head : NULL, &report, err));
    print_report(o, &report);
    return MICA_OK;
}

static int run(void *raw) {
    verify_options *o = raw;
    mica_error err = {0};
    return with_audit_key(o->key, verify, o, &err) == MICA_OK ? EXIT_DONE
                                                              : report(&o->common, &err);
}

const command command_audit_verify = {
    "audit verify",
    "FOLDER|SEGMENT",
    "whether every record is there, in its place and unchanged",
    options,
    sizeof(verify_options),
    1,
    1,
    run,
    "Exit status 0: whole; 1: not, with file, line, what was found and expected. Records that "
    "were\n"
    "cut off at the end are missed only by --head; that nobody wrote all of it anew, only a key\n"
    "tells (mica serve --audit-key)."};
