/* Personal data in any bytes: spans lie in the text, in order, apart. What is found is masked. */
#include "transform/personal.h"
#include "transform/protect.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1); /* of that size alone: a sanitizer sees a byte too many */
    personal_spans spans = {0};
    mica_error err = {0};
    if (!text) return 0;
    if (size) memcpy(text, data, size);
    char *exact = realloc(text, size ? size : 1);
    if (exact) text = exact;
    if (personal_find(text, size, 0, NULL, &spans, &err) != MICA_OK) abort();
    size_t end = 0;
    for (size_t i = 0; i < spans.count; i++) {
        const personal_span *s = &spans.item[i];
        if (s->at < end || !s->length || s->length > size - s->at || s->kind >= PERSONAL_KINDS ||
            !(s->certainty > 0 && s->certainty <= 1))
            abort();
        end = s->at + s->length;
        char *masked = mask_text(text + s->at, s->length, 1, 1, true);
        if (masked && strlen(masked) > s->length) abort();
        free(masked);
    }
    personal_spans_free(&spans);
    free(text);
    return 0;
}
