/* learning_rate_scheduler: see mica/train.h. In recipes the function of the epoch is one of
 * keras.optimizers.schedules, at the epoch's number.
 * Source: keras.callbacks.LearningRateScheduler. */
#include "model/model.h"
#include "part/schedule.h"
#include "train/callback.h"

typedef struct scheduler_options {
    size_t size;
    const char *schedule;
} scheduler_options;

static const field learning_rate_scheduler_fields[] = {
    CONFIG(scheduler_options, schedule, NULL, REQUIRED, .check = check_schedule,
           .help = "a schedule, by epochs in place of steps"),
    END_OF_FIELDS};

typedef struct scheduler {
    mica_context *ctx;
    const scheduler_options *options;
    mica_rate_of_epoch *of_epoch;
    void *user;
} scheduler;

static double scheduled_rate(const scheduler *s, int epoch) {
    mica_scope *scope = mica_scope_open(s->ctx);
    mica_tensor *at = mica_scalar(s->ctx, MICA_FLOAT32, epoch);
    double rate = mica_tensor_item(scheduled(s->options->schedule, at));
    mica_scope_close(&scope);
    return rate;
}

static mica_status check(const mica_fit_state *state, void *user, mica_error *err) {
    return rate_check(state, "learning_rate_scheduler", err);
}

static mica_status on_epoch_begin(mica_fit_state *state, void *user, mica_error *err) {
    const scheduler *s = user;
    mica_optimizer *o = state->model->compiled.optimizer;
    double now = mica_optimizer_learning_rate(o);
    double rate = s->of_epoch ? s->of_epoch(state->epoch, now, s->user)
                              : scheduled_rate(s, state->epoch);
    TRY(mica_check(s->ctx, err));
    return mica_optimizer_set_learning_rate(o, rate, err);
}

static mica_callback *scheduler_new(mica_context *ctx, scheduler own) {
    scheduler *s;
    mica_callback *c = callback_new(ctx, sizeof *s, (void **)&s);
    if (!c) return NULL;
    *s = own;
    c->check = check;
    c->sets_learning_rate = true;
    c->on_epoch_begin = on_epoch_begin;
    return c;
}

static const mica_callback *make(mica_context *ctx, const void *options) {
    return scheduler_new(ctx, (scheduler){.ctx = ctx, .options = options});
}

const callback_kind callback_learning_rate_scheduler = {
    .name = "learning_rate_scheduler",
    .class_name = "LearningRateScheduler",
    .fields = learning_rate_scheduler_fields,
    .options_size = sizeof(scheduler_options),
    .ignored = callback_ignored,
    .make = make,
};

const mica_callback *mica_learning_rate_scheduler(mica_context *ctx, mica_rate_of_epoch *of_epoch,
                                                  void *user) {
    if (!ctx) return NULL;
    return scheduler_new(ctx, (scheduler){.ctx = ctx, .of_epoch = of_epoch, .user = user});
}
