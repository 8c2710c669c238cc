/* See predictions.h. */
#include "serve/predictions.h"

#include "serve/wire.h"
#include "train/classifier.h"

#include <math.h>
#include <stdlib.h>

static int64_t width_of(const inference *x, int output) {
    return shape_size(&x->out_shape[output]) / x->rows;
}

static const char *row_at(const inference *x, int output, int64_t row) {
    const size_t bytes = mica_dtype_size(x->contract->out[output].dtype);
    return (const char *)x->out[output] + (size_t)(row * width_of(x, output)) * bytes;
}

/* The scores of a row, best first; free(). NULL: no memory. */
static ranked *rank_row(const inference *x, int64_t row, int64_t *count) {
    const int64_t width = width_of(x, 0);
    double *scores = allocate((size_t)width, sizeof *scores);
    ranked *best = allocate((size_t)width + 1, sizeof *best);
    if (scores && best) {
        convert(x->contract->out[0].dtype, row_at(x, 0, row), MICA_FLOAT64, scores, width);
        *count = rank_classes(scores, width, best);
    }
    free(scores);
    if (scores) return best;
    free(best);
    return NULL;
}

/* As exact as the model's own values, also what was made of one: of two classes 1 - p. */
static void put_score(strbuf *out, const inference *x, double score) {
    const bool wide = x->contract->out[0].dtype == MICA_FLOAT64;
    const float single = (float)score;
    json_put_element(out, wide ? MICA_FLOAT64 : MICA_FLOAT32,
                     wide ? (const void *)&score : (const void *)&single, false);
}

/* Without the brace that closes it. */
static void put_class(strbuf *out, const inference *x, const ranked *r) {
    const contract *c = x->contract;
    char number[24];
    if (isnan(r->score)) { /* the model has no word for these inputs */
        strbuf_add(out, "{\"class\":null,\"index\":null,\"probability\":null");
        return;
    }
    snprintf(number, sizeof number, "%lld", (long long)r->class);
    strbuf_add(out, "{\"class\":");
    json_put_text(out, c->classes && r->class < c->class_count ? c->classes[r->class] : number);
    strbuf_add(out, ",\"index\":%lld,\"probability\":", (long long)r->class);
    put_score(out, x, r->score);
}

static void put_list(strbuf *out, const inference *x, const ranked *best, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        strbuf_add(out, i ? "," : "[");
        put_class(out, x, &best[i]);
        strbuf_add(out, "}");
    }
    strbuf_add(out, count ? "]" : "[]");
}

bool predictions_put_top(strbuf *out, const inference *x, int64_t row, int top) {
    int64_t count;
    ranked *best = rank_row(x, row, &count);
    if (best) put_list(out, x, best, count < top ? count : top);
    free(best);
    return best != NULL;
}

static bool put_values(strbuf *out, const inference *x, int output, int64_t row) {
    const char *at = row_at(x, output, row);
    return json_put_nested(out, x->contract->out[output].dtype, &at, &x->out_shape[output], 1);
}

static bool put_outputs(strbuf *out, const inference *x, int64_t row) {
    const contract *c = x->contract;
    if (c->outputs == 1) return put_values(out, x, 0, row);
    for (int i = 0; i < c->outputs; i++) {
        strbuf_add(out, i ? "," : "{");
        json_put_text(out, c->out[i].name);
        strbuf_add(out, ":");
        if (!put_values(out, x, i, row)) return false;
    }
    strbuf_add(out, "}");
    return true;
}

bool predictions_put_row(strbuf *out, const inference *x, int64_t row, int top) {
    int64_t count;
    if (!x->contract->scores_classes) return put_outputs(out, x, row);
    ranked *best = rank_row(x, row, &count);
    if (!best) return false;
    put_class(out, x, best);
    if (top > 1) {
        strbuf_add(out, ",\"top\":");
        put_list(out, x, best, count < top ? count : top);
    }
    strbuf_add(out, "}");
    free(best);
    return true;
}

void predictions_begin(strbuf *out, const inference *x) {
    strbuf_add(out, "{\"model\":");
    json_put_text(out, x->contract->name);
    strbuf_add(out, ",\"version\":");
    json_put_text(out, x->contract->version);
    strbuf_add(out, ",\"predictions\":");
}

static bool put_whole(strbuf *out, const inference *x, int i) {
    const served_value *v = &x->contract->out[i];
    const shape *s = &x->out_shape[i];
    strbuf_add(out, i ? ",{\"name\":" : "{\"name\":");
    json_put_text(out, v->name);
    strbuf_add(out, ",\"datatype\":\"%s\",\"shape\":[", v2_type(v->dtype));
    for (int k = 0; k < s->rank; k++) strbuf_add(out, k ? ",%lld" : "%lld", (long long)s->dims[k]);
    strbuf_add(out, "],\"data\":");
    if (!json_put_list(out, v->dtype, x->out[i], shape_size(s))) return false;
    strbuf_add(out, "}");
    return true;
}

mica_status predictions_end(strbuf *out, const inference *x, bool outputs, mica_error *err) {
    bool whole = true;
    if (outputs) strbuf_add(out, ",\"outputs\":[");
    for (int i = 0; i < x->contract->outputs && outputs && whole; i++) whole = put_whole(out, x, i);
    strbuf_add(out, outputs ? "]}" : "}");
    if (!whole) return fail(err, MICA_TYPE, "an output has a text that is no UTF-8");
    return out->failed ? fail_no_memory(err, "the reply") : MICA_OK;
}
