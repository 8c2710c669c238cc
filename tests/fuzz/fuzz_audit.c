/* A segment of an audit log: whole, or refused with a place; what is whole has as many records as
 * lines, numbered without a gap. */
#include "monitor/audit_inside.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const audit_head head = {.seq = 2, .hash = AUDIT_ZEROS};
    audit_chain c = {.alone = size % 2, .wanted = size % 3 ? NULL : &head};
    char *bytes = calloc(size + 1, 1); /* so that a sanitizer sees its end */
    mica_error err = {0};
    size_t torn = 0, lines = 0;
    if (!bytes) return 0;
    if (size) memcpy(bytes, data, size);
    mica_status status = audit_check_segment(&c, "segment", 0, bytes, size, &torn, &err);
    for (size_t i = 0; i < size; i++) lines += bytes[i] == '\n';
    if (status == MICA_OK && (c.records != lines || c.last.seq - c.first.seq != lines)) abort();
    if (status == MICA_OK) status = audit_check_end(&c, "segment", &err);
    if (status != MICA_OK && !err.message[0]) abort();
    free(bytes);
    return 0;
}
