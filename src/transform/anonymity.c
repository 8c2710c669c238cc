/* k-anonymity and l-diversity: see protect.h. Columns are joined one after the other: a group so
 * far and a code make a number, and the numbers that occur are numbered anew. */
#include "transform/protect.h"

#include "base/memory.h"

#include <stdlib.h>

/* groups becomes the groups of rows that are alike in what they were and in the column. numbers is
 * room for as many as there are rows. */
static mica_status join(codes *groups, const code_column *c, int64_t rows, int64_t *numbers,
                        mica_error *err) {
    for (int64_t i = 0; i < rows; i++) /* 32 bits each: they do not meet */
        numbers[i] = (int64_t)((uint64_t)(groups->code ? groups->code[i] : 0) << 32 |
                               (uint32_t)c->at[i * c->stride]);
    codes joined;
    TRY(codes_of_integers(numbers, rows, &joined, NULL, err));
    codes_free(groups);
    *groups = joined;
    return MICA_OK;
}

/* The fewest distinct sensitive values in a group: how many joined groups each group has. */
static mica_status count_diversity(const codes *groups, const code_column *sensitive, int64_t rows,
                                   int64_t *numbers, int64_t *l, mica_error *err) {
    codes pairs = {0};
    int64_t *values = allocate((size_t)groups->count, sizeof *values), *distinct = NULL;
    for (int64_t i = 0; i < rows; i++)
        numbers[i] = (int64_t)((uint64_t)groups->code[i] << 32 |
                               (uint32_t)sensitive->at[i * sensitive->stride]);
    mica_status status = values ? codes_of_integers(numbers, rows, &pairs, &distinct, err)
                                : fail_memory(err, (size_t)groups->count * 8, "l-diversity");
    for (int64_t p = 0; p < pairs.count && status == MICA_OK; p++)
        values[(uint64_t)distinct[p] >> 32]++;
    for (int64_t g = 0; g < groups->count && status == MICA_OK; g++)
        if (g == 0 || values[g] < *l) *l = values[g];
    free(values);
    free(distinct);
    codes_free(&pairs);
    return status;
}

static void count_groups(const codes *groups, int64_t wanted, anonymity *out, bool *exposed_rows) {
    out->groups = groups->count;
    for (int64_t g = 0; g < groups->count; g++) {
        int64_t n = groups->rows_of[g];
        if (g == 0 || n < out->k) out->k = n;
        if (n < wanted) out->exposed += n;
    }
    for (int64_t i = 0; i < groups->rows && exposed_rows; i++)
        exposed_rows[i] = groups->rows_of[groups->code[i]] < wanted;
}

mica_status anonymity_of(const code_column *columns, int count, int64_t rows,
                         const code_column *sensitive, int64_t wanted, anonymity *out,
                         bool *exposed_rows, mica_error *err) {
    codes groups = {0};
    static const int32_t alike = 0; /* without columns all rows are */
    const code_column none = {&alike, 0};
    *out = (anonymity){0};
    if (rows < 1) return MICA_OK;
    int64_t *numbers = allocate((size_t)rows, sizeof *numbers);
    if (!numbers) return fail_memory(err, (size_t)rows * sizeof *numbers, "k-anonymity");
    mica_status status = join(&groups, &none, rows, numbers, err);
    for (int c = 0; c < count && status == MICA_OK; c++)
        status = join(&groups, &columns[c], rows, numbers, err);
    if (status == MICA_OK) count_groups(&groups, wanted, out, exposed_rows);
    if (status == MICA_OK && sensitive)
        status = count_diversity(&groups, sensitive, rows, numbers, &out->l, err);
    free(numbers);
    codes_free(&groups);
    return status;
}
