/* What a server says to a client: the first byte chooses what was asked and, of tensors, how many
 * bytes stand behind the JSON; any bytes give an answer that can be read from end to end, or an
 * error. */
#include "client/reply.h"
#include "tensor/tensor.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile size_t seen;

static void look_at_text(const char *text) { seen += strlen(text); }

static void look_at_tensor(const mica_client_tensor *t) {
    const char *bytes = t->data;
    const mica_string *texts = t->data;
    look_at_text(t->name);
    if (t->shape.rank < 0 || t->shape.rank > MICA_MAX_RANK) abort();
    const int64_t count = t->data ? shape_size(&t->shape) : 0;
    for (int64_t i = 0; i < count && t->dtype == MICA_STRING; i++)
        for (size_t k = 0; k < texts[i].size; k++) seen += (size_t)texts[i].bytes[k];
    if (t->dtype == MICA_STRING) return;
    for (int64_t i = 0; i < count * (int64_t)mica_dtype_size(t->dtype); i++)
        seen += (size_t)bytes[i];
}

static void look_at_answer(const mica_answer *a) {
    look_at_text(a->model);
    look_at_text(a->version);
    for (int i = 0; i < a->outputs; i++) {
        if (!a->output[i].data) abort();
        look_at_tensor(&a->output[i]);
    }
    for (int64_t i = 0; i < (a->classes ? a->rows * a->top : 0); i++)
        look_at_text(a->classes[i].name);
}

static void look_at_model(const mica_client_model *m) {
    look_at_text(m->name);
    look_at_text(m->version);
    look_at_text(m->state);
    for (int i = 0; i < m->version_count; i++) look_at_text(m->versions[i]);
    for (int i = 0; i < m->inputs; i++) look_at_tensor(&m->input[i]);
    for (int i = 0; i < m->outputs; i++) look_at_tensor(&m->output[i]);
}

static mica_status read_models(const char *body, size_t size, arena *memory, mica_error *err) {
    mica_client_model *all;
    int count;
    MICA_TRY(reply_models(body, size, memory, &all, &count, err));
    for (int i = 0; i < count; i++) look_at_model(&all[i]);
    return MICA_OK;
}

static mica_status read_one(int kind, size_t behind, const char *body, size_t size, arena *memory,
                            mica_error *err) {
    mica_answer answer = {0};
    mica_client_model model = {0};
    switch (kind) {
    case 0:
        MICA_TRY(
            reply_tensors(body, size, size - (behind < size ? behind : 0), memory, &answer, err));
        look_at_answer(&answer);
        return MICA_OK;
    case 1:
    case 2:
        MICA_TRY(reply_predictions(body, size, kind == 1, memory, &answer, err));
        look_at_answer(&answer);
        return MICA_OK;
    case 3:
        MICA_TRY(reply_model(body, size, memory, &model, err));
        look_at_model(&model);
        return MICA_OK;
    case 4: return read_models(body, size, memory, err);
    case 5: return reply_accepted(body, size, (int)behind, err);
    default: return reply_error(400 + (int)behind, body, size, "a model", "http://a", err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena memory = {0};
    mica_error err = {0};
    if (!size) return 0;
    char *body = malloc(size); /* its end is watched by the sanitizer */
    if (!body) return 0;
    memcpy(body, data + 1, size - 1);
    if (read_one(data[0] % 7, data[0] / 7, body, size - 1, &memory, &err) != MICA_OK &&
        !err.message[0])
        abort();
    free(body);
    arena_free(&memory);
    return 0;
}
