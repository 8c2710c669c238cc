/* One condition as it is written, `year >= 2010`, as the object that conditions.h speaks of. */
#ifndef DATA_CONDITION_TEXT_H
#define DATA_CONDITION_TEXT_H

#include "base/config.h"

extern const char *const condition_ops[]; /* in condition_op's order; NULL at the end */

/* What is behind the operator is JSON (with texts in single quotes too, as pandas writes them), or
 * a text without quotes. Error: VALUE where it could be either, or is more than one condition. */
mica_status condition_written_out(const char *text, json_t **out, mica_error *err);

#endif
