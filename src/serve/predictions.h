/* Replies for people, of pictures and of rows: classes by name with their probability, of other
 * models the values. */
#ifndef SERVE_PREDICTIONS_H
#define SERVE_PREDICTIONS_H

#include "serve/inference.h"

/* Each row: of a classifier {"class", "index", "probability"}, and with top above 1 "top", a list
 * of such; else its values, in lists as deep as the output; of several outputs an object of them by
 * name. */
bool predictions_put_row(strbuf *out, const inference *x, int64_t row, int top);
/* The best `top` classes of a row, as a list. */
bool predictions_put_top(strbuf *out, const inference *x, int64_t row, int top);
/* {"model": …, "version": …, "predictions": — here comes a list — and, with `outputs`, "outputs":
 * [{"name", "datatype", "shape", "data"}, …]} as in KServe v2. */
void predictions_begin(strbuf *out, const inference *x);
mica_status predictions_end(strbuf *out, const inference *x, bool outputs, mica_error *err);

#endif
