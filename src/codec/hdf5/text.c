/* Strings: of fixed length (ended or padded), or of variable length in global heaps. */
#include "codec/hdf5/internal.h"

#include <string.h>

static size_t fixed_length(const h5_type *type, const uint8_t *at) {
    if (type->padding == 0) return strnlen((const char *)at, type->size);
    size_t length = type->size;
    char pad = type->padding == 1 ? 0 : ' ';
    while (length && at[length - 1] == (uint8_t)pad) length--;
    return length;
}

/* The bytes of one string. One of variable length is (length, address of a heap, object in it). */
static mica_status locate(h5_file *file, const h5_type *type, const uint8_t *raw,
                          const uint8_t **bytes, size_t *length, mica_error *err) {
    if (!type->variable) {
        *bytes = raw;
        *length = fixed_length(type, raw);
        return MICA_OK;
    }
    h5_cursor cursor = h5_cursor_over(file, file->bytes, 0, "string");
    cursor.at = raw;
    cursor.end = raw + type->size;
    uint64_t wanted = h5_take(&cursor, 4), address = h5_take_offset(&cursor), held;
    uint32_t index = (uint32_t)h5_take(&cursor, 4);
    *length = 0;
    if (!wanted || !address || address == H5_UNDEFINED) return MICA_OK;
    TRY(h5_global_object(file, address, index, bytes, &held, err));
    if (wanted > held)
        return fail(err, MICA_FORMAT,
                    "string of %" PRIu64 " bytes in object %" PRIu32
                    " of the global heap at byte %" PRIu64 ", which holds %" PRIu64,
                    wanted, index, address + file->base, held);
    *length = strnlen((const char *)*bytes, wanted);
    return MICA_OK;
}

/* All texts lie one after the other in one block, behind the pointers to them. */
mica_status h5_texts_of(h5_file *file, const h5_type *type, const uint8_t *raw, uint64_t elements,
                        h5_texts **texts, mica_error *err) {
    void *memory;
    const uint8_t *bytes = NULL;
    size_t length;
    uint64_t room;
    if (type->kind != H5_STRING) return fail(err, MICA_TYPE, "is %s, expected string", type->text);
    if (!h5_multiply(elements, sizeof(char *) + 1, &room) || room > file->budget)
        room = file->budget;
    for (uint64_t i = 0; i < elements && room < file->budget; i++) {
        TRY(locate(file, type, raw + i * type->size, &bytes, &length, err));
        room += length;
    }
    TRY(h5_keep(file, sizeof **texts, &memory, err));
    h5_texts *t = memory;
    TRY(h5_keep(file, room, &memory, err)); /* refused where it is more than the budget */
    const char **at = memory;
    char *next = (char *)(at + elements);
    for (uint64_t i = 0; i < elements; i++) {
        TRY(locate(file, type, raw + i * type->size, &bytes, &length, err));
        if (length) memcpy(next, bytes, length);
        at[i] = next;
        next += length + 1;
    }
    t->at = at;
    t->count = (size_t)elements;
    *texts = t;
    return MICA_OK;
}
