/* See record.h. */
#include "serve/record.h"
#include "base/clock.h"

#include "serve/wire.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- copying ---- */

static bool copy_strings(record *r, record_value *v, const mica_string *from, int64_t count) {
    mica_string *own = arena_copy(&r->memory, from, (size_t)count * sizeof *own);
    for (int64_t i = 0; i < count && own; i++) {
        r->bytes += own[i].size;
        if (r->bytes > 2 * RECORD_MOST) return true; /* left out */
        if (!(own[i].bytes = arena_copy(&r->memory, from[i].bytes, own[i].size))) return false;
    }
    v->data = own;
    return own != NULL;
}

/* Values, while they are not too many together; false: no memory. */
static bool copy_values(record *r, record_value *to, const served_value *values, int count,
                        void *const *data, const shape *shapes) {
    size_t sum = 0;
    for (int i = 0; i < count; i++) {
        const int64_t elements = data[i] ? shape_size(&shapes[i]) : 0;
        const size_t bytes = (size_t)elements * mica_dtype_size(values[i].dtype);
        to[i].shape = shapes[i];
        if (!data[i] || (sum += bytes) > RECORD_MOST) continue;
        r->bytes += bytes;
        if (values[i].dtype == MICA_STRING) {
            if (!copy_strings(r, &to[i], data[i], elements)) return false;
        } else if (!(to[i].data = arena_copy(&r->memory, data[i], bytes))) return false;
    }
    return true;
}

static bool copy_texts(record *r, const char *request_id, const char *client_id, const char *model,
                       const char *version, const char *who) {
    const char *from[] = {request_id, client_id, model, version, who};
    const char **to[] = {&r->request_id, &r->client_id, &r->model, &r->version, &r->who};
    for (size_t i = 0; i < LENGTH(from); i++)
        if (from[i] && from[i][0] && !(*to[i] = arena_text(&r->memory, from[i]))) return false;
    return true;
}

static bool copy_request(record *r, const inference *x) {
    const contract *c = x->contract;
    r->rows = x->rows;
    r->in = arena_take(&r->memory, (size_t)(c->inputs + c->outputs) * sizeof *r->in);
    if (!r->in) return false;
    r->out = r->in + c->inputs;
    if (x->given && x->given_length <= RECORD_MOST) {
        r->given = arena_copy(&r->memory, x->given, x->given_length + 1);
        r->given_length = x->given_length;
        r->bytes += x->given_length;
        if (!r->given) return false;
    } else if (!x->given && !copy_values(r, r->in, c->in, c->inputs, x->in, x->in_shape))
        return false;
    return copy_values(r, r->out, c->out, c->outputs, x->out, x->out_shape);
}

static record *begin(void) {
    record *r = allocate(1, sizeof *r);
    if (r) *r = (record){.bytes = sizeof *r + 8192, .time_us = clock_day_us()};
    return r;
}

record *record_prediction(served *v, const inference *x, const char *request_id, const char *who) {
    record *r = begin();
    if (!r) return NULL;
    r->served = served_hold(v);
    const contract *c = x->contract;
    if (copy_texts(r, request_id, x->id, c->name, c->version, who) && copy_request(r, x)) return r;
    record_free(r);
    return NULL;
}

record *record_label(const char *model, const char *request_id, const char *label,
                     const char *who) {
    record *r = begin();
    if (!r) return NULL;
    r->bytes += strlen(label);
    if (copy_texts(r, request_id, NULL, model, NULL, who) &&
        (r->label = arena_text(&r->memory, label)))
        return r;
    record_free(r);
    return NULL;
}

void record_free(record *r) {
    if (!r) return;
    served_release(r->served);
    arena_free(&r->memory);
    free(r);
}

/* ---- as JSON ---- */

void record_put_outputs(const record *r, strbuf *out) {
    const contract *c = &r->served->contract;
    strbuf_put(out, "{", 1);
    for (int i = 0; i < c->outputs; i++) {
        const char *at = r->out[i].data;
        if (i) strbuf_put(out, ",", 1);
        json_put_text(out, c->out[i].name);
        strbuf_put(out, ":", 1);
        const size_t value = out->length;
        if (!at || !json_put_nested(out, c->out[i].dtype, &at, &r->out[i].shape, 0)) {
            out->length = value;
            strbuf_put(out, "null", 4);
        }
    }
    strbuf_put(out, "}", 1);
}

void record_put_time(const record *r, char out[32]) { utc_text(r->time_us, 6, out); }
