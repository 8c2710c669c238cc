/* redact: what the finders of personal data see in a text is replaced: by its kind ("[mail]"), by
 * *, or by its kind and a pseudonym ("[mail:5f1a…]"). The rest of the text stays. */
#include "batch/personal_table.h"
#include "batch/protection.h"
#include "transform/protect.h"

#include <stdlib.h>
#include <string.h>

typedef struct redact_options {
    mica_texts kinds;
    double certainty;
    const char *replacement;
} redact_options;

static const char *const replacements[] = {"kind", "mask", "pseudonym", NULL};

#define OWNER redact_options
static const field redact_fields[] = {
    TEXTS(OWNER, kinds, .help = "which kinds (default: all)"),
    REAL(OWNER, certainty, DEFAULT(0.6), .min = 0.01, .max = 1, .help = "the least of a find"),
    TEXT(OWNER, replacement, "kind", .choices = replacements, .help = "what takes the place"),
    END_OF_FIELDS};
#undef OWNER

typedef struct redacting {
    const protecting *p;
    const redact_options *o;
    const char *column;
    bool wanted[PERSONAL_KINDS];
    strbuf room;
    personal_spans spans;
} redacting;

static void replace(const redacting *r, const personal_span *s, const char *text, strbuf *out) {
    const char *kind = personal_kind_name(s->kind);
    if (!strcmp(r->o->replacement, "mask")) {
        char *masked = mask_text(text + s->at, s->length, 0, 0, true);
        if (masked) strbuf_put(out, masked, strlen(masked));
        else out->failed = true;
        free(masked);
    } else if (!strcmp(r->o->replacement, "pseudonym")) {
        char name[65];
        pseudonym(r->p->key, r->p->key_size, kind, text + s->at, s->length, 16, name);
        strbuf_add(out, "[%s:%s]", kind, name);
    } else {
        strbuf_add(out, "[%s]", kind);
    }
}

static mica_status redact_one(void *arg, const char *text, size_t length, strbuf *out,
                              mica_error *err) {
    redacting *r = arg;
    size_t done = 0;
    TRY(personal_in_cell(r->column, text, length, r->o->certainty, r->wanted, &r->room, &r->spans,
                         err));
    for (size_t i = 0; i < r->spans.count; i++) {
        const personal_span *s = &r->spans.item[i];
        strbuf_put(out, text + done, s->at - done);
        replace(r, s, text, out);
        done = s->at + s->length;
    }
    strbuf_put(out, text + done, length - done);
    return MICA_OK;
}

static mica_status choose_kinds(redacting *r, const char *what, mica_error *err) {
    const char *names[PERSONAL_KINDS + 1] = {0};
    const mica_texts *wanted = &r->o->kinds;
    for (int k = 0; k < PERSONAL_KINDS; k++) {
        names[k] = personal_kind_name((personal_kind)k);
        r->wanted[k] = !wanted->count;
    }
    for (int i = 0; i < wanted->count; i++) {
        int k = 0;
        while (names[k] && strcmp(names[k], wanted->values[i])) k++;
        if (!names[k]) return fail_unknown(err, what, "kind", wanted->values[i], names);
        r->wanted[k] = true;
    }
    return MICA_OK;
}

static mica_status apply(const protecting *p, mica_table *t, int i, const void *options,
                         const char *what, int64_t *changed, mica_error *err) {
    redacting r = {.p = p, .o = options, .column = t->column[i].name};
    if (!p->key_size && !strcmp(r.o->replacement, "pseudonym")) return fail_without_key(what, err);
    TRY(choose_kinds(&r, what, err));
    mica_status status = column_change_texts(t, i, redact_one, &r, changed, err);
    strbuf_free(&r.room);
    personal_spans_free(&r.spans);
    return status;
}

static bool wants_key(const void *options) {
    return !strcmp(((const redact_options *)options)->replacement, "pseudonym");
}

const protection protect_redact = {.name = "redact",
                                   .what = "what is found in texts is replaced",
                                   .fields = redact_fields,
                                   .options_size = sizeof(redact_options),
                                   .wants_key = wants_key,
                                   .apply = apply};
