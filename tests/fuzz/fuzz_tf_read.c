/* TensorFlow's forms: the first byte chooses the contract and the form; any bytes give inputs
 * that can be read from end to end, or an error. */
#include "../serve/contract_case.h"
#include "../serve/look_at_inference.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    inference x = {0};
    mica_error err = {0};
    if (!size) return 0;
    x.contract = data[0] & 1 ? &many_inputs : &one_input;
    char *body = malloc(size);
    if (!body) return 0;
    memcpy(body, data + 1, size - 1);
    mica_status status = data[0] & 2 ? tf_read_examples(&x, body, size - 1, &err)
                                     : tf_read(&x, body, size - 1, &err);
    free(body); /* what was read does not point into it */
    if (status == MICA_OK) look_at_inference(&x);
    else if (!err.message[0]) abort();
    inference_free(&x);
    return 0;
}
