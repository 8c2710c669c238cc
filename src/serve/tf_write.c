/* Replies of TensorFlow Serving's REST interface: {"predictions"} for rows, {"outputs"} for
 * columns,
 * {"result"} for classes and regression. Numbers that are not finite are null; texts that are no
 * UTF-8 are {"b64": "…"}. */
#include "serve/classes.h"
#include "serve/wire.h"

static mica_status written(const strbuf *out, mica_error *err) {
    return out->failed ? fail_no_memory(err, "a reply") : MICA_OK;
}

/* All outputs from axis `axis` on: the only one's value, or an object of all. */
static void put_outputs(const inference *x, const char **at, int axis, strbuf *out) {
    const contract *c = x->contract;
    if (c->outputs > 1) strbuf_put(out, "{", 1);
    for (int i = 0; i < c->outputs; i++) {
        if (i) strbuf_put(out, ",", 1);
        if (c->outputs > 1) {
            json_put_text(out, c->out[i].name);
            strbuf_put(out, ":", 1);
        }
        json_put_nested(out, c->out[i].dtype, &at[i], &x->out_shape[i], axis);
    }
    if (c->outputs > 1) strbuf_put(out, "}", 1);
}

mica_status tf_write(const inference *x, strbuf *out, mica_error *err) {
    const char *at[MAX_MODEL_OUTPUTS];
    for (int i = 0; i < x->contract->outputs; i++) at[i] = x->out[i];
    strbuf_add(out, x->columns ? "{\"outputs\":" : "{\"predictions\":[");
    if (x->columns) put_outputs(x, at, 0, out);
    for (int64_t row = 0; row < x->rows && !x->columns; row++) {
        if (row) strbuf_put(out, ",", 1);
        put_outputs(x, at, 1, out);
    }
    strbuf_add(out, x->columns ? "}" : "]}");
    return written(out, err);
}

/* The numbers in a row of the only output, which is (rows, n) or (rows). */
static mica_status row_width(const inference *x, const char *what, int64_t *n, mica_error *err) {
    const contract *c = x->contract;
    const shape *s = &x->out_shape[0];
    *n = s->rank == 2 ? s->dims[1] : 1;
    if (c->outputs == 1 && s->rank <= 2 && c->out[0].dtype != MICA_STRING) return MICA_OK;
    char text[128];
    shape_format(&c->out[0].shape, text);
    return fail(err, MICA_UNSUPPORTED,
                "model %s is not for %s: %d output%s, the first \"%s\" of shape %s; use :predict",
                c->name, what, c->outputs, c->outputs > 1 ? "s" : "", c->out[0].name, text);
}

static void put_class(strbuf *out, const inference *x, int index, const mica_dtype dtype,
                      const void *score) {
    const char *name = classes_name(x, 0, index);
    char number[24];
    snprintf(number, sizeof number, "%d", index);
    strbuf_put(out, &",["[!index], 2 - (size_t)!index);
    json_put_text(out, name ? name : number);
    strbuf_put(out, ",", 1);
    json_put_element(out, dtype, score, true);
    strbuf_put(out, "]", 1);
}

mica_status tf_write_classes(const inference *x, strbuf *out, mica_error *err) {
    int64_t n;
    TRY(row_width(x, "classes", &n, err));
    const bool two = n == 1 && x->contract->class_count == 2; /* one number says how likely the
                                                                 second is */
    strbuf_add(out, "{\"result\":[");
    for (int64_t row = 0; row < x->rows; row++) {
        strbuf_put(out, &",["[!row], 2 - (size_t)!row);
        for (int i = 0; i < (two ? 2 : (int)n); i++) {
            const double value = classes_value(x, 0, row, two ? 0 : i);
            const float score = (float)(two && i == 0 ? 1 - value : value);
            put_class(out, x, i, MICA_FLOAT32, &score);
        }
        strbuf_put(out, "]", 1);
    }
    strbuf_add(out, "]}");
    return written(out, err);
}

mica_status tf_write_regression(const inference *x, strbuf *out, mica_error *err) {
    int64_t n;
    TRY(row_width(x, "regression", &n, err));
    if (n != 1)
        return fail(err, MICA_UNSUPPORTED,
                    "model %s is not for regression: output \"%s\" has %lld numbers; use :predict",
                    x->contract->name, x->contract->out[0].name, (long long)n);
    strbuf_add(out, "{\"result\":");
    json_put_list(out, x->contract->out[0].dtype, x->out[0], x->rows);
    strbuf_add(out, "}");
    return written(out, err);
}

static void put_values(strbuf *out, const char *what, const served_value *values, int count) {
    strbuf_add(out, "\"%s\":{", what);
    for (int i = 0; i < count; i++) {
        const served_value *v = &values[i];
        if (i) strbuf_put(out, ",", 1);
        json_put_text(out, v->name);
        strbuf_add(out, ":{\"dtype\":\"%s\",\"tensor_shape\":{\"dim\":[", wire_tf_type(v->dtype));
        for (int k = 0; k < v->shape.rank; k++)
            strbuf_add(out, "%s{\"size\":\"%lld\",\"name\":\"\"}", k ? "," : "",
                       (long long)v->shape.dims[k]);
        strbuf_add(out, "],\"unknown_rank\":false},\"name\":");
        json_put_text(out, v->name);
        strbuf_put(out, "}", 1);
    }
    strbuf_add(out, "},");
}

void tf_write_metadata(const contract *c, strbuf *out) {
    strbuf_add(out, "{\"model_spec\":{\"name\":");
    json_put_text(out, c->name);
    strbuf_add(out, ",\"signature_name\":\"\",\"version\":");
    json_put_text(out, c->version);
    strbuf_add(out, "},\"metadata\":{\"signature_def\":{\"signature_def\":{\"serving_default\":{");
    put_values(out, "inputs", c->in, c->inputs);
    put_values(out, "outputs", c->out, c->outputs);
    strbuf_add(out, "\"method_name\":\"tensorflow/serving/predict\"}}}}}");
}
