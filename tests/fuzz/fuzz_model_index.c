/* Any bytes as the index of a model: read or refused; what is read is written and read the same. */
#include "store/model_index.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    model_index x, y;
    mica_error err = {0};
    const mica_status status = index_read((const char *)data, size, "index.json", &x, &err);
    if (status != MICA_OK) {
        if (!err.message[0] || x.versions) abort();
        return 0;
    }
    for (size_t i = 0; i < x.versions; i++)
        if (!version_file_fits(x.version[i].file)) abort();
    for (size_t i = 0; i < x.aliases; i++)
        if (!index_version(&x, x.alias[i].version)) abort();
    char *text = index_text(&x);
    if (!text || index_read(text, strlen(text), "index.json", &y, &err) != MICA_OK) abort();
    char *again = index_text(&y);
    if (!again || strcmp(text, again) != 0) abort();
    free(text), free(again);
    index_clear(&x), index_clear(&y);
    return 0;
}
