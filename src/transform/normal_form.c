/* NFC, NFD, NFKC and NFKD by utf8proc: see normal_form.h. The forms of characters never change once
 * Unicode has assigned them, so that an older or newer utf8proc agrees on all that both know.
 * Source: Unicode Standard Annex 15; Python's unicodedata.normalize. */
#include "transform/normal_form.h"

#include "build_config.h"
#include "transform/fold_text.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_UTF8PROC
#include <utf8proc.h>
#endif

static const char *const names[] = NORMAL_FORMS;

normal_form normal_form_by_name(const char *name) {
    for (int i = 0; name && names[i]; i++)
        if (!strcmp(names[i], name)) return (normal_form)i;
    return FORM_NONE;
}

mica_status normal_form_supported(normal_form form, const char *what, mica_error *err) {
#ifdef HAVE_UTF8PROC
    (void)form, (void)what, (void)err;
    return MICA_OK;
#else
    if (form == FORM_NONE) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED,
                "%s: normalize %s: this mica was built without utf8proc (libutf8proc-dev)", what,
                names[form]);
#endif
}

#ifdef HAVE_UTF8PROC
static void put_normal(normal_form form, const char *text, size_t length, strbuf *out) {
    int how = UTF8PROC_STABLE;
    how |= form == FORM_C || form == FORM_KC ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
    if (form == FORM_KC || form == FORM_KD) how |= UTF8PROC_COMPAT;
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t size = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length,
                                         &made, (utf8proc_option_t)how);
    if (size >= 0) strbuf_put(out, (const char *)made, (size_t)size);
    else out->failed = true; /* memory: the bytes are UTF-8 */
    free(made);
}
#else
static void put_normal(normal_form form, const char *text, size_t length, strbuf *out) {
    (void)form;
    strbuf_put(out, text, length);
}
#endif

/* ASCII is itself in every form. */
static bool is_ascii(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] >= 0x80) return false;
    return true;
}

void normal_form_put(normal_form form, const char *text, size_t length, strbuf *out) {
    if (form == FORM_NONE || is_ascii(text, length)) {
        strbuf_put(out, text, length);
        return;
    }
    for (size_t at = 0, from = 0, before = 0; at < length;) {
        bool good = utf8_next(text, length, &at) >= 0;
        if (!good || at == length) {
            size_t end = good ? at : before;
            if (end > from) put_normal(form, text + from, end - from, out);
            if (!good) strbuf_put(out, text + before, 1);
            from = at;
        }
        before = at;
    }
}
