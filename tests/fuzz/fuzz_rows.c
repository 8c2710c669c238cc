/* Any rows of a table for a model: read, or refused with a message; what is read is finite. */
#include "support/row_model.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static row_model model;
    static inference x;
    mica_error err = {0};
    if (!model.m) row_model_open(&model, ROW_MODEL_VECTOR, ROW_MODEL_TABLE);
    char *text = malloc(size ? size : 1); /* exactly so many: reading beyond shows */
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    x.contract = &model.contract;
    mica_status status = row_read(&x, text, size, &err);
    if (status != MICA_OK && !err.message[0]) abort();
    if (status == MICA_OK) {
        const float *values = x.in[0];
        if (x.rows < 1) abort();
        for (int64_t i = 0; i < 5 * x.rows; i++)
            if (isnan(values[i])) abort();
    }
    inference_clear(&x);
    free(text);
    return 0;
}
