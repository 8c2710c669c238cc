/* A picture as the body of a request: made into the model's input as its card says. */
#include "data/inputs.h"
#include "serve/inference.h"
#include "serve/predictions.h"

#include <string.h>

#define PICTURE "the picture"

/* (1, height, width, channels), or without the channels where the model's input has none. */
static mica_status place(inference *x, const array_bytes *a, mica_error *err) {
    const served_value *v = &x->contract->in[0];
    shape s = a->shape;
    s.rank = v->shape.rank;
    TRY(inference_place(x, 0, &s, err));
    convert(a->dtype, a->bytes->data, v->dtype, x->in[0], shape_size(&a->shape));
    return MICA_OK;
}

mica_status picture_read(inference *x, const void *body, size_t length, mica_error *err) {
    const contract *c = x->contract;
    const served_value *v = &c->in[0];
    const picture_wish wish = picture_wish_of(json_array_get(json_object_get(c->card, "inputs"), 0),
                                              &v->shape);
    array_bytes a;
    char want[128];
    if (c->inputs != 1)
        return fail(err, MICA_VALUE, "model %s has %d inputs, of which a picture is only one",
                    c->name, c->inputs);
    if (!wish.channels || v->dtype == MICA_STRING) {
        shape_format(&v->shape, want);
        return fail(err, MICA_SHAPE, "input \"%s\" of model %s takes no picture: its shape is %s",
                    v->name, c->name, want);
    }
    if (!length) return fail(err, MICA_VALUE, "the body is empty: expected the bytes of a picture");
    TRY(picture_array(body, length, wish, PICTURE, &a, err));
    mica_status status = place(x, &a, err);
    buffer_drop(a.bytes);
    return status == MICA_OK ? inference_complete(x, err) : status;
}

mica_status picture_write(const inference *x, int top, bool outputs, strbuf *out, mica_error *err) {
    bool written;
    predictions_begin(out, x);
    if (x->contract->scores_classes) {
        written = predictions_put_top(out, x, 0, top);
    } else {
        strbuf_add(out, "[");
        written = predictions_put_row(out, x, 0, 1);
        strbuf_add(out, "]");
    }
    if (!written) return fail_no_memory(err, "the reply");
    return predictions_end(out, x, outputs, err);
}
