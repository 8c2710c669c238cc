/* The model card: what is saved beside the weights, so that the file alone is enough to use the
 * model: names of the classes, input contract, recipe, seed, fingerprint of the data, metrics, a
 * baseline for drift tests. It holds no cell of the data. One JSON object:
 *
 *   "version"     of this layout; "mica": which mica wrote it (both set when saving)
 *   "classes"     names, by index of the output
 *   "inputs"      one object an input: name, shape, dtype; of images color_mode, size,
 *                 interpolation
 *   "recipe"      as it was run, with "seed"
 *   "data"        rows, fingerprint
 *   "metrics"     by name, of the last epoch and of the test
 *   "baseline"    a histogram for every feature, shares of labels and of predictions, with a
 *                 version of its own (train/baseline.h); older cards have none
 *
 * Whoever trains fills it, whoever uses the model reads it. Keys that it does not know it keeps. */
#ifndef FORMAT_CARD_H
#define FORMAT_CARD_H

#include "model/model.h"

#define CARD_VERSION 1

/* Sets one key; `value` is taken over, also where it fails. NULL removes the key. */
mica_status card_set(mica_model *m, const char *key, json_t *value, mica_error *err);
/* What a key holds (the model's); NULL: nothing. */
const json_t *card_get(const mica_model *m, const char *key);

/* As text for the file, with versions; the caller frees. NULL without memory. */
char *card_text(const mica_model *m);
/* From the file's text, called `name` in errors. UNSUPPORTED: a newer mica wrote it. */
mica_status card_read(mica_model *m, const char *text, const char *name, mica_error *err);

#endif
