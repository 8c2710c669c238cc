/* pseudonym: a name that only who has the key can tell from the value: HMAC-SHA256, see pseudonym()
 * in transform/protect.h. Equal values of one domain get equal names, in every file. */
#include "batch/protection.h"
#include "transform/protect.h"

#include <string.h>

typedef struct pseudonym_options {
    int64_t length;
    const char *domain;
} pseudonym_options;

#define OWNER pseudonym_options
static const field pseudonym_fields[] = {
    INTEGER(OWNER, length, DEFAULT(16), .min = 8, .max = 64, .help = "hexadecimal letters"),
    TEXT(OWNER, domain, NULL, NULLABLE,
         .help = "columns of one domain give equal values equal names (default: the column)"),
    END_OF_FIELDS};
#undef OWNER

typedef struct naming {
    const protecting *p;
    const char *domain;
    int length;
} naming;

static mica_status name_one(void *arg, const char *text, size_t length, strbuf *out,
                            mica_error *err) {
    const naming *n = arg;
    char name[65];
    (void)err;
    pseudonym(n->p->key, n->p->key_size, n->domain, text, length, n->length, name);
    strbuf_put(out, name, strlen(name));
    return MICA_OK;
}

static mica_status apply(const protecting *p, mica_table *t, int i, const void *options,
                         const char *what, int64_t *changed, mica_error *err) {
    const pseudonym_options *o = options;
    naming n = {p, o->domain ? o->domain : t->column[i].name, (int)o->length};
    if (!p->key_size) return fail_without_key(what, err);
    return column_change_texts(t, i, name_one, &n, changed, err);
}

const protection protect_pseudonym = {.name = "pseudonym",
                                      .what = "names by a key (HMAC)",
                                      .fields = pseudonym_fields,
                                      .options_size = sizeof(pseudonym_options),
                                      .needs_key = true,
                                      .apply = apply};
