/* Recipes: any bytes give settings or an error. After a NUL, one --set. */
#include "cli/recipe.c"
#undef OWNER
#include "cli/recipe_rows.c"
#undef OWNER
#include "cli/recipe_sources.c"

#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t length = strnlen((const char *)data, size);
    char path[64], *set = calloc(1, size - length + 1);
    const char *sets[1] = {set};
    int file = memfd_create("fuzz", 0);
    recipe r;
    mica_error err = {0};
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (set && length < size) memcpy(set, data + length + 1, size - length - 1);
    FILE *out = file >= 0 ? fdopen(file, "w") : NULL;
    if (set && out && fwrite(data, 1, length, out) == length && fflush(out) == 0) {
        mica_status status = recipe_load(path, sets, set[0] != 0, &r, &err);
        if (status != MICA_OK && !err.message[0]) abort();
        if (status == MICA_OK && r.train) (void)recipe_path(&r, r.train);
        recipe_free(&r);
    }
    if (out) fclose(out);
    free(set);
    return 0;
}
