/* redact: what the finders of personal data see in a text is replaced: by its kind ("[mail]"), by
 * *, or by its kind and a pseudonym ("[mail:5f1a…]"). The rest of the text stays. Names that stand
 * in the row's own columns of names are looked for too, whatever is around them. */
#include "batch/personal_table.h"
#include "batch/protection.h"
#include "batch/row_names.h"
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

/* What is found in a cell of any row, of the kinds that are wanted. */
static mica_status find(redacting *r, const char *text, size_t length, mica_error *err) {
    return personal_in_cell(r->column, text, length, r->o->certainty, r->wanted, &r->room,
                            &r->spans, err);
}

static void put_redacted(const redacting *r, const char *text, size_t length, strbuf *out) {
    size_t done = 0;
    for (size_t i = 0; i < r->spans.count; i++) {
        const personal_span *s = &r->spans.item[i];
        strbuf_put(out, text + done, s->at - done);
        replace(r, s, text, out);
        done = s->at + s->length;
    }
    strbuf_put(out, text + done, length - done);
}

static mica_status redact_one(void *arg, const char *text, size_t length, strbuf *out,
                              mica_error *err) {
    TRY(find(arg, text, length, err));
    put_redacted(arg, text, length, out);
    return MICA_OK;
}

/* ---- cells that hold a name of their row ---- */

typedef struct by_row {
    redacting *r;
    text_maker made;
    int32_t *number; /* of each text of the column, without its row: that in `made`, -1: not yet */
    int32_t *codes;  /* of each cell */
    personal_spans names;
    strbuf out;
} by_row;

/* The number of what has become of the text. */
static mica_status keep_text(by_row *b, const char *text, size_t length, int32_t *number,
                             mica_error *err) {
    b->out.length = 0;
    put_redacted(b->r, text, length, &b->out);
    *number = b->out.failed
                  ? -1
                  : text_maker_add(&b->made, b->out.data ? b->out.data : "", b->out.length);
    return *number >= 0 ? MICA_OK : fail_no_memory(err, "redact");
}

static mica_status redact_row(by_row *b, const mica_table *t, int i, int64_t row, int64_t *changed,
                              mica_error *err) {
    const protecting *p = b->r->p;
    const table_column *c = &t->column[i];
    size_t length;
    int32_t code = ((int32_t *)c->cells)[row];
    b->codes[row] = -1;
    if (code < 0) return MICA_OK;
    const char *text = text_at(&c->texts, code, &length);
    b->names.count = 0;
    TRY(find_row_names(t, p->names, p->name_count, row, text, length, &b->names, err));
    if (b->names.count) {
        TRY(find(b->r, text, length, err));
        for (size_t k = 0; k < b->names.count; k++)
            if (!personal_spans_add(&b->r->spans, b->names.item[k]))
                return fail_no_memory(err, "redact");
        TRY(personal_spans_settle(&b->r->spans, text, length, err));
        TRY(keep_text(b, text, length, &b->codes[row], err));
        ++*p->of_row;
    } else {
        if (b->number[code] < 0) {
            TRY(find(b->r, text, length, err));
            TRY(keep_text(b, text, length, &b->number[code], err));
        }
        b->codes[row] = b->number[code];
    }
    const dictionary_entry *made = &b->made.words.entry[b->codes[row]];
    *changed += made->length != length || memcmp(made->at, text, length) != 0;
    return MICA_OK;
}

static mica_status redact_rows(redacting *r, mica_table *t, int i, int64_t *changed,
                               mica_error *err) {
    by_row b = {.r = r, .codes = column_room(MICA_COLUMN_TEXT, t->rows)};
    size_t texts = (size_t)t->column[i].texts.count;
    b.number = allocate(texts + 1, sizeof *b.number);
    mica_status status = b.codes && b.number ? MICA_OK : fail_no_memory(err, "redact");
    for (size_t k = 0; k < texts && status == MICA_OK; k++) b.number[k] = -1;
    for (int64_t row = 0; row < t->rows && status == MICA_OK; row++)
        status = redact_row(&b, t, i, row, changed, err);
    if (status == MICA_OK) {
        if (!column_set_texts(t, i, b.codes, &b.made)) status = fail_no_memory(err, "redact");
        b.codes = NULL;
    }
    release_aligned(b.codes);
    text_maker_free(&b.made);
    personal_spans_free(&b.names);
    strbuf_free(&b.out);
    free(b.number);
    return status;
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
    bool rows = p->name_count && is_text(t->column[i].type) && r.wanted[PERSONAL_name];
    mica_status status = rows ? redact_rows(&r, t, i, changed, err)
                              : column_change_texts(t, i, redact_one, &r, changed, err);
    strbuf_free(&r.room);
    personal_spans_free(&r.spans);
    return status;
}

static bool wants_key(const void *options) {
    return !strcmp(((const redact_options *)options)->replacement, "pseudonym");
}

const protection protect_redact = {.name = "redact",
                                   .what = "what is found in texts is replaced",
                                   .of_row = true,
                                   .fields = redact_fields,
                                   .options_size = sizeof(redact_options),
                                   .wants_key = wants_key,
                                   .apply = apply};
