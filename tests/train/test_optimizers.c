/* Every optimizer in fit: it lowers the loss, and a training that goes on from a checkpoint ends in
 * the same bits, with accumulation, averages and loss scaling too. */
#include "base/philox.h"
#include "layer/layer.h"
#include "mica/train.h"
#include "model/model.h"
#include "support/testing.h"

#include <unistd.h>

#define ROWS 56

static mica_dataset *plane(mica_context *ctx) {
    float x[ROWS * 3], y[ROWS * 2];
    for (uint32_t i = 0; i < ROWS; i++) {
        double noise[4];
        philox_normal(9, 0, i, noise);
        for (int k = 0; k < 3; k++) x[3 * i + k] = (float)noise[k];
        y[2 * i] = x[3 * i] - x[3 * i + 1], y[2 * i + 1] = 0.5f * x[3 * i + 2];
    }
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 3), x);
    mica_tensor *yt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(ROWS, 2), y);
    return mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL);
}

static mica_model *network(mica_context *ctx, const char *optimizer, const char *config) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 6, .activation = "tanh")));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2)));
    mica_model_compile(
        m, MICA_OPTIONS(compile, .optimizer = mica_optimizer_from_config(ctx, optimizer, config),
                        .loss = "mse"));
    return m;
}

typedef struct outcome {
    float weights[64];
    size_t count;
    double first, last; /* losses */
} outcome;

static outcome train(const char *optimizer, const char *config, int epochs, const char *checkpoint,
                     bool resume) {
    mica_error err = {0};
    mica_history h = {0};
    outcome o = {.count = 0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 3));
    mica_model *m = network(ctx, optimizer, config);
    mica_status status = mica_model_fit(m, plane(ctx),
                                        MICA_OPTIONS(fit, .epochs = epochs, .batch_size = 16,
                                                     .checkpoint = checkpoint, .resume = resume),
                                        &h, &err);
    if (status != MICA_OK) fail_msg("%s %s: %s", optimizer, config ? config : "", err.message);
    o.first = h.epoch[0].value[0];
    o.last = h.epoch[h.epochs - 1].value[0];
    for (size_t i = 0; i < m->layer_count; i++)
        for (size_t k = 0; k < m->layers[i]->weight_count; k++) {
            const mica_tensor *v = m->layers[i]->weights[k].variable;
            memcpy(o.weights + o.count, tensor_bytes(v), v->buffer->bytes);
            o.count += (size_t)mica_tensor_size(v);
        }
    mica_history_free(&h);
    mica_close(&ctx);
    return o;
}

static void resumes(const char *optimizer, const char *config) {
    char path[] = "/tmp/mica_resume_XXXXXX";
    close(mkstemp(path));
    unlink(path);
    outcome once = train(optimizer, config, 5, NULL, false);
    train(optimizer, config, 2, path, false);
    outcome again = train(optimizer, config, 5, path, true);
    unlink(path);
    if (memcmp(once.weights, again.weights, once.count * sizeof(float)))
        fail_msg("%s %s: other bits after a resume", optimizer, config ? config : "");
}

TEST(every_optimizer_lowers_the_loss) {
    for (const optimizer_kind *const *k = all_optimizers; *k; k++) {
        outcome o = train((*k)->name, NULL, 30, NULL, false);
        if (!(o.last < o.first)) fail_msg("%s: %g, then %g", (*k)->name, o.first, o.last);
    }
}

TEST(every_optimizer_goes_on_in_the_same_bits) {
    for (const optimizer_kind *const *k = all_optimizers; *k; k++) {
        resumes((*k)->name, NULL);
        resumes((*k)->name,
                "{\"gradient_accumulation_steps\": 3, \"weight_decay\": 0.01, \"use_ema\": true, "
                "\"clipnorm\": 0.5}");
    }
}

TEST(scaled_losses_and_all_slots_go_on_in_the_same_bits) {
    resumes("LossScaleOptimizer", "{\"inner_optimizer\": \"adam\", \"dynamic_growth_steps\": 3}");
    resumes("RMSprop", "{\"momentum\": 0.9, \"centered\": true, \"global_clipnorm\": 1.0}");
    resumes("Adam", "{\"amsgrad\": true, \"clipvalue\": 0.1}");
}

RUN_TESTS(UNIT(every_optimizer_lowers_the_loss), UNIT(every_optimizer_goes_on_in_the_same_bits),
          UNIT(scaled_losses_and_all_slots_go_on_in_the_same_bits))
