/* A picture or a sound as the body of a request: made into the model's input as its card says. */
#include "data/inputs.h"
#include "serve/inference.h"
#include "serve/predictions.h"

#include <string.h>

/* What of a model's only input is asked for. */
static mica_status only_input(const contract *c, const char *what, mica_error *err) {
    if (c->inputs == 1) return MICA_OK;
    return fail(err, MICA_VALUE, "model %s has %d inputs, of which a %s is only one", c->name,
                c->inputs, what);
}

static mica_status takes_none(const contract *c, const char *what, mica_error *err) {
    char want[128];
    shape_format(&c->in[0].shape, want);
    return fail(err, MICA_SHAPE, "input \"%s\" of model %s takes no %s: its shape is %s",
                c->in[0].name, c->name, what, want);
}

static const json_t *card_of(const contract *c) {
    return json_array_get(json_object_get(c->card, "inputs"), 0);
}

/* The array with its batch axis, or without the channels where the model's input has none. */
static mica_status place(inference *x, const array_bytes *a, mica_error *err) {
    const served_value *v = &x->contract->in[0];
    shape s = a->shape;
    s.rank = v->shape.rank;
    TRY(inference_place(x, 0, &s, err));
    convert(a->dtype, a->bytes->data, v->dtype, x->in[0], shape_size(&a->shape));
    return MICA_OK;
}

static mica_status take(inference *x, array_bytes *a, mica_error *err) {
    mica_status status = place(x, a, err);
    buffer_drop(a->bytes);
    return status == MICA_OK ? inference_complete(x, err) : status;
}

mica_status picture_read(inference *x, const void *body, size_t length, mica_error *err) {
    const contract *c = x->contract;
    const picture_wish wish = picture_wish_of(card_of(c), &c->in[0].shape);
    array_bytes a;
    TRY(only_input(c, "picture", err));
    if (!wish.channels || c->in[0].dtype == MICA_STRING || json_object_get(c->card, "table"))
        return takes_none(c, "picture", err); /* windows of a table have a picture's rank */
    if (!length) return fail(err, MICA_VALUE, "the body is empty: expected the bytes of a picture");
    TRY(picture_array(body, length, wish, "the picture", &a, err));
    return take(x, &a, err);
}

mica_status sound_read(inference *x, const void *body, size_t length, mica_error *err) {
    const contract *c = x->contract;
    const sound_shape wish = sound_wish_of(card_of(c), &c->in[0].shape);
    array_bytes a;
    TRY(only_input(c, "sound", err));
    if (!wish.rate || c->in[0].dtype == MICA_STRING) return takes_none(c, "sound", err);
    if (!length) return fail(err, MICA_VALUE, "the body is empty: expected the bytes of a sound");
    TRY(sound_array(body, length, &wish, "the sound", &a, err));
    return take(x, &a, err);
}

mica_status sample_write(const inference *x, int top, bool outputs, strbuf *out, mica_error *err) {
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
