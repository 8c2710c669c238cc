/* Whether a true label can be one of a model's answers. */
#ifndef SERVE_TRUE_LABEL_H
#define SERVE_TRUE_LABEL_H

#include "serve/inference.h"

/* Of a model that tells classes apart: the name of a class (any text, where the card has no names)
 * or its number; of one whose card says that it was trained on numbers: finite numbers; a list has
 * one for each sample of the request. Of other models any label will do. Errors: VALUE, the
 * label and what there is. */
mica_status true_label_check(const contract *c, const json_t *label, mica_error *err);

#endif
