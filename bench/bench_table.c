/* Reading a table into typed columns, and describing all of them: medians in ms as JSON.
 *
 *     bench_table FILE.csv [ROUNDS] */
#include "base/busy.h"
#include "mica/mica.h"

#include <stdio.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[count / 2];
}

int main(int argc, char **argv) {
    const char *path = argc > 1 ? argv[1] : NULL;
    int rounds = argc > 2 ? atoi(argv[2]) : 9;
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    if (!path || rounds < 1 || rounds > 1000 || !ctx) return 2;
    double read[1000], both[1000];
    for (int i = 0; i < rounds; i++) {
        mica_table *t = NULL;
        int64_t begin = clock_ns();
        if (mica_table_read(ctx, path, NULL, &t, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        read[i] = (double)(clock_ns() - begin) / 1e6;
        mica_column_summary *all = calloc((size_t)mica_table_columns(t), sizeof *all);
        if (!all || mica_table_describe(ctx, t, all, &err)) return 1;
        free(all);
        both[i] = (double)(clock_ns() - begin) / 1e6;
        mica_table_destroy(&t);
    }
    printf("{\"read_ms\": %.3f, \"describe_ms\": %.3f}\n", middle(read, rounds),
           middle(both, rounds));
    mica_close(&ctx);
    return 0;
}
