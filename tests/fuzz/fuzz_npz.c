/* npz as a source of data: an archive around the bytes, with right checksums, so that what is in
 * its members is reached: arrays x, y and sample_weight of any dtype and shape. Two bytes in front
 * of each member are its length; the last takes the rest. */
#include "codec/deflate.h"
#include "mica/mica.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMBERS 3
static const char *const names[MEMBERS] = {"x.npy", "y.npy", "sample_weight.npy"};

typedef struct bytes {
    unsigned char *at;
    size_t count;
} bytes;

static void put(bytes *b, uint64_t value, int width) {
    for (int i = 0; i < width; i++) b->at[b->count++] = (unsigned char)(value >> (8 * i));
}

static void put_bytes(bytes *b, const void *data, size_t size) {
    memcpy(b->at + b->count, data, size);
    b->count += size;
}

/* version, flags, method (stored), time, date, CRC, sizes, length of the name, of the extra. */
static void put_facts(bytes *b, const uint8_t *data, size_t size, const char *name) {
    put(b, 20, 2), put(b, 0, 2), put(b, 0, 2), put(b, 0, 4);
    put(b, crc32_of(0, data, size), 4), put(b, size, 4), put(b, size, 4);
    put(b, strlen(name), 2), put(b, 0, 2);
}

static bytes archive(const uint8_t *data, size_t size) {
    bytes b = {calloc(1, size + 1024), 0}, list = {calloc(1, 1024), 0};
    int count = 0;
    for (; count < MEMBERS && size >= 2 && b.at && list.at; count++) {
        size_t n = (size_t)data[0] | (size_t)data[1] << 8;
        data += 2, size -= 2;
        if (n > size || count == MEMBERS - 1) n = size;
        put(&list, 0x02014b50, 4), put(&list, 20, 2);
        put_facts(&list, data, n, names[count]);
        put(&list, 0, 8), put(&list, 0, 2),
            put(&list, b.count, 4); /* comment, disk, attributes; where it is */
        put_bytes(&list, names[count], strlen(names[count]));
        put(&b, 0x04034b50, 4);
        put_facts(&b, data, n, names[count]);
        put_bytes(&b, names[count], strlen(names[count]));
        put_bytes(&b, data, n);
        data += n, size -= n;
    }
    size_t start = b.count;
    if (b.at && list.at) {
        put_bytes(&b, list.at, list.count);
        put(&b, 0x06054b50, 4), put(&b, 0, 4), put(&b, (uint64_t)count, 2);
        put(&b, (uint64_t)count, 2), put(&b, list.count, 4), put(&b, start, 4), put(&b, 0, 2);
    }
    free(list.at);
    return b;
}

static void load(const char *path) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .threads = 1, .backend = "reference"));
    if (!ctx) return;
    mica_dataset *d = mica_load(ctx, path, MICA_TRAIN);
    mica_status status = mica_check(ctx, &err);
    if (status == MICA_OK && d) {
        int64_t rows[2] = {0, mica_dataset_size(d) - 1};
        mica_tensor *x = mica_dataset_input(d, 0, rows, mica_dataset_size(d) ? 2 : 0);
        (void)x;
        mica_check(ctx, NULL);
    } else if (!err.message[0]) abort();
    mica_close(&ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > 1 << 16) return 0;
    bytes b = archive(data, size);
    int file = memfd_create("fuzz", 0);
    char path[64];
    snprintf(path, sizeof path, "npz:/proc/self/fd/%d", file);
    if (file >= 0 && b.at && write(file, b.at, b.count) == (ssize_t)b.count) load(path);
    if (file >= 0) close(file);
    free(b.at);
    return 0;
}
