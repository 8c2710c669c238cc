/* mask: all but the first and last characters become *; see mask_text. */
#include "batch/protection.h"
#include "transform/protect.h"

#include <stdlib.h>
#include <string.h>

typedef struct mask_options {
    int64_t first, last;
    bool shape;
} mask_options;

#define OWNER mask_options
static const field mask_fields[] = {
    INTEGER(OWNER, first, .max = 1e6, .help = "characters that stay at the begin"),
    INTEGER(OWNER, last, .max = 1e6, .help = "characters that stay at the end"),
    BOOLEAN(OWNER, shape, .help = "only letters and digits become *"), END_OF_FIELDS};
#undef OWNER

static mica_status mask_one(void *arg, const char *text, size_t length, strbuf *out,
                            mica_error *err) {
    const mask_options *o = arg;
    char *masked = mask_text(text, length, (int)o->first, (int)o->last, o->shape);
    if (!masked) return fail_no_memory(err, "mask");
    strbuf_put(out, masked, strlen(masked));
    free(masked);
    return MICA_OK;
}

static mica_status apply(const protecting *p, mica_table *t, int i, const void *options,
                         const char *what, int64_t *changed, mica_error *err) {
    (void)p, (void)what;
    return column_change_texts(t, i, mask_one, (void *)options, changed, err);
}

const protection protect_mask = {.name = "mask",
                                 .what = "characters become *",
                                 .fields = mask_fields,
                                 .options_size = sizeof(mask_options),
                                 .apply = apply};
