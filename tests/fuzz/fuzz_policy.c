/* Any policy for a table of a few columns: it is read or refused, and names no file that is opened.
 */
#include "batch/policy.h"
#include "table/table.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"name", "age", "notes"};
    mica_table *t = table_new(3);
    char *text = calloc(size + 1, 1);
    policy p = {0};
    mica_error err = {0};
    for (int i = 0; i < 3 && t && text; i++)
        if (!table_set_name(t, i, names[i], strlen(names[i]))) abort();
    if (t && text) {
        if (size) memcpy(text, data, size);
        mica_status status = policy_read(&p, text, "policy", t, &err);
        if (status != MICA_OK && !err.message[0]) abort();
        if (status == MICA_OK)
            for (int i = 0; i < 3; i++)
                if (!p.rule[i].kind) abort();
        policy_free(&p);
    }
    free(text);
    mica_table_destroy(&t);
    return 0;
}
