/* Unicode's normalisation forms: texts that look the same get the same characters. */
#ifndef TRANSFORM_NORMAL_FORM_H
#define TRANSFORM_NORMAL_FORM_H

#include "base/strbuf.h"

typedef enum normal_form { FORM_NONE, FORM_C, FORM_D, FORM_KC, FORM_KD } normal_form;
#define NORMAL_FORMS                                                                               \
    { "none", "NFC", "NFD", "NFKC", "NFKD", NULL }

/* NULL: none. A name that is none of NORMAL_FORMS is none. */
normal_form normal_form_by_name(const char *name);
/* Errors: UNSUPPORTED where this build has no utf8proc and the form is not FORM_NONE. */
mica_status normal_form_supported(normal_form form, const char *what, mica_error *err);
/* Adds the text in that form to `out`, which notices missing memory; broken bytes stay as they are,
 * and the characters around them are normalised by themselves. */
void normal_form_put(normal_form form, const char *text, size_t length, strbuf *out);

#endif
