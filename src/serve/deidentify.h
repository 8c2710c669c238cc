/* What of a request's inputs may be written down: what policies of de-identification (those of
 * `mica data anonymize`) say, model by model; without one, nothing. */
#ifndef SERVE_DEIDENTIFY_H
#define SERVE_DEIDENTIFY_H

#include "serve/models.h"
#include "serve/record.h"

typedef struct deidentify deidentify;

enum { MOST_POLICIES = 64 };

typedef struct policy_files {
    const char *const *at; /* "MODEL=POLICY.json", or "POLICY.json" for models that have none */
    int count;
    const char *key; /* of pseudonyms; NULL: the policies' own */
} policy_files;

/* A policy that speaks of many rows (k, l, suppress), or of noise by a seed, is refused: records
 * come one by one; rules that nobody knows and a key that is missing or cannot be read are, too.
 * *out NULL: there are no files. */
mica_status deidentify_open(const policy_files *files, deidentify **out, mica_error *err);
void deidentify_close(deidentify *d);
/* NAME where a file is for a model that is not served: its name is misspelt, and the policy of all
 * others would be applied. */
mica_status deidentify_check_models(const policy_files *files, models *m, mica_error *err);
/* NAME where the policy of a version's model names a column that the version has not: of its
 * requests nothing would be written. */
mica_status deidentify_check_columns(const policy_files *files, const contract *c, mica_error *err);

/* {"NAME": [one value for each row], …}; columns that are dropped are not there. Nothing is added
 * where the model has no policy, and on failure. One thread at a time. */
mica_status deidentify_inputs(deidentify *d, const record *r, strbuf *out, mica_error *err);

#endif
