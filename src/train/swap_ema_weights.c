/* swap_ema_weights: see mica/train.h. Source: keras.callbacks.SwapEMAWeights. */
#include "model/model.h"
#include "train/callback.h"

#include <stdlib.h>

#define OWNER mica_swap_ema_weights_options

static const field swap_ema_weights_fields[] = {
    BOOLEAN(OWNER, swap_on_epoch, .help = "from the end of an epoch to the next"), END_OF_FIELDS};

typedef struct swapper {
    const OWNER *options;
    bool swapped; /* the averages are in the model */
} swapper;

static mica_tensor **average_of(const mica_optimizer *o, int parameter) {
    return &o->slots[parameter * o->slots_each + o->kind_slots];
}

static mica_status exchange(mica_tensor *a, mica_tensor *b, mica_error *err) {
    mica_tensor *kept = mica_tensor_new(a->ctx, a->dtype, a->shape, tensor_bytes(a));
    mica_status status = mica_assign(a, b, err);
    if (status == MICA_OK) status = mica_assign(b, kept, err);
    mica_tensor_destroy(&kept);
    return status;
}

static mica_status swap(swapper *s, const mica_optimizer *o, mica_error *err) {
    for (int i = 0; i < o->count; i++) TRY(exchange(o->parameters[i], *average_of(o, i), err));
    s->swapped = !s->swapped;
    return MICA_OK;
}

static mica_status check(const mica_fit_state *state, void *user, mica_error *err) {
    if (state->model->compiled.optimizer->options->use_ema) return MICA_OK;
    return fail(err, MICA_STATE,
                "swap_ema_weights: the optimizer has no averages: use_ema is false");
}

static mica_status on_epoch_begin(mica_fit_state *state, void *user, mica_error *err) {
    swapper *s = user;
    return s->swapped ? swap(s, state->model->compiled.optimizer, err) : MICA_OK;
}

/* After the last epoch the averages stay in the model, and are its averages too. */
static mica_status on_epoch_end(mica_fit_state *state, void *user, mica_error *err) {
    swapper *s = user;
    const mica_optimizer *o = state->model->compiled.optimizer;
    if (!s->options->swap_on_epoch || s->swapped) return MICA_OK;
    TRY(swap(s, o, err));
    for (int i = 0; i < o->count && state->epoch + 1 == state->epochs; i++)
        TRY(mica_assign(*average_of(o, i), o->parameters[i], err));
    return MICA_OK;
}

static mica_status on_test_begin(mica_fit_state *state, void *user, mica_error *err) {
    swapper *s = user;
    return s->swapped ? MICA_OK : swap(s, state->model->compiled.optimizer, err);
}

static mica_status on_test_end(mica_fit_state *state, void *user, mica_error *err) {
    swapper *s = user;
    return s->swapped ? swap(s, state->model->compiled.optimizer, err) : MICA_OK;
}

static char *save(const void *user) {
    return strdup(((const swapper *)user)->swapped ? "swapped" : "own");
}

static void restore(void *user, const char *text) {
    ((swapper *)user)->swapped = !strcmp(text, "swapped");
}

static const mica_callback *make(mica_context *ctx, const void *options) {
    swapper *s;
    mica_callback *c = callback_new(ctx, sizeof *s, (void **)&s);
    if (!c) return NULL;
    s->options = options;
    c->check = check;
    c->on_epoch_begin = on_epoch_begin;
    c->on_epoch_end = on_epoch_end;
    c->on_test_begin = on_test_begin;
    c->on_test_end = on_test_end;
    c->save = save;
    c->restore = restore;
    return c;
}

const callback_kind callback_swap_ema_weights = {
    .name = "swap_ema_weights",
    .class_name = "SwapEMAWeights",
    .fields = swap_ema_weights_fields,
    .options_size = sizeof(OWNER),
    .ignored = callback_ignored,
    .make = make,
};

CALLBACK_CONSTRUCTOR(swap_ema_weights)
