/* Runs a fuzz target over every file of its corpus folder, and over every prefix of the small ones:
 * what once broke a parser stays a test, without libFuzzer. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly `size` bytes, so that a sanitizer sees a read past the end. */
static void run(const uint8_t *data, size_t size) {
    uint8_t *copy = calloc(size ? size : 1, 1);
    if (!copy) return;
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int run_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    size_t room = 1 << 24, size;
    uint8_t *data = malloc(room);
    if (!data) return fclose(file), 0;
    size = fread(data, 1, room, file);
    fclose(file);
    run(data, size);
    size_t step = size < 4096 ? 1 : size / 997 + 1;
    for (size_t cut = 0; cut < size; cut += step) run(data, cut);
    free(data);
    return 1;
}

int main(int count, char **arguments) {
    run((const uint8_t *)"", 0);
    if (count < 2) return 0;
    DIR *folder = opendir(arguments[1]);
    if (!folder) return fprintf(stderr, "%s: no such corpus\n", arguments[1]), 1;
    int files = 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.') files += run_file(arguments[1], entry->d_name);
    closedir(folder);
    printf("%d files\n", files);
    return files ? 0 : 1;
}
