/* Tables made of tables: cleaned, joined, de-identified. The table that is given stays as it is;
 * the one that is made is the caller's (mica_table_destroy), and mica_table_report says as JSON
 * what was done. */
#ifndef MICA_CLEAN_H
#define MICA_CLEAN_H

#include "mica/table.h"

MICA_API_BEGIN

typedef struct mica_anonymize_options {
    size_t size;
    const char *key_file; /* instead of the policy's (default NULL) */
    const char *name;     /* of the policy, for errors (default "policy") */
    double certainty;     /* of what is reported of columns that the policy does not name: the least
                             (default 0.6) */
} mica_anonymize_options;
mica_anonymize_options mica_anonymize_defaults(void);
/* De-identifies a table by a policy, JSON text: docs/tables.md says what it may hold. Errors:
 * VALUE where k or l is not reached, or the key's file can be read by others; NAME for what the
 * policy says of no column; TYPE where a protection does not fit a column. No error and no report
 * holds a cell. Source: Sweeney, k-Anonymity (2002); Machanavajjhala et al., l-Diversity (2006). */
mica_status mica_table_anonymize(mica_context *ctx, const mica_table *t, const char *policy,
                                 const mica_anonymize_options *options, mica_table **out,
                                 mica_error *err);
/* Which columns are likely personal, and how many cells hold what: mail addresses, phone and card
 * numbers, numbers of persons, names, postal addresses, by pattern and check digits, with at least
 * that certainty (0: 0.6). JSON text that lives as long as the context: {"rows", "columns":
 * [{"column", "type", "likely", "by_name", "there", "cells", "kinds": {KIND: {"cells", "finds",
 * "whole"}}}]}; it holds no cell. */
mica_status mica_table_find_personal(mica_context *ctx, const mica_table *t, double certainty,
                                     const char **json, mica_error *err);

MICA_API_END

#endif
