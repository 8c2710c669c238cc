/* KServe v2: the first byte chooses the contract and where the JSON ends; any bytes give inputs
 * that can be read from end to end, or an error. */
#include "../serve/contract_case.h"

#include <stdlib.h>
#include <string.h>

volatile unsigned seen_sum; /* so that what was read is looked at */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that was placed is there: a sanitizer sees what is not. */
static unsigned look(const inference *x) {
    unsigned sum = 0;
    for (int i = 0; i < x->contract->inputs; i++) {
        const mica_dtype dtype = x->contract->in[i].dtype;
        const size_t count = (size_t)shape_size(&x->in_shape[i]);
        const unsigned char *bytes = x->in[i];
        for (size_t k = 0; k < count * mica_dtype_size(dtype); k++) sum += bytes[k];
        const mica_string *texts = x->in[i];
        for (size_t k = 0; k < count && dtype == MICA_STRING; k++)
            for (size_t j = 0; j < texts[k].size; j++) sum += (unsigned char)texts[k].bytes[j];
    }
    return sum;
}

volatile unsigned seen_sum; /* so that what was read is looked at */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    inference x = {0};
    mica_error err = {0};
    if (!size) return 0;
    x.contract = data[0] & 1 ? &many_inputs : &one_input;
    char *body = malloc(size);
    if (!body) return 0;
    memcpy(body, data + 1, size - 1);
    const size_t tensors = data[0] >> 1 < size ? data[0] >> 1 : 0;
    mica_status status = v2_read(&x, body, size - 1, size - 1 - (tensors < size - 1 ? tensors : 0),
                                 &err);
    free(body); /* what was read does not point into it */
    if (status == MICA_OK) seen_sum += look(&x);
    else if (!err.message[0]) abort();
    inference_free(&x);
    return 0;
}
