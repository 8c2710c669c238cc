/* The messages of version 1 object headers, as h5py writes them.
 * Source: HDF5 File Format Specification, IV.A. */
#include "codec/hdf5/internal.h"
#include "codec/hdf5/writing.h"
#include "tensor/dtype.h"

#include <stdlib.h>
#include <string.h>

static size_t padded(size_t bytes) { return (bytes + 7) / 8 * 8; }

static bool is_ascii(const char *text) {
    while (*text && !(*text & 0x80)) text++;
    return !*text;
}

/* ---- output ---- */

void h5_append(h5_output *out, const void *bytes, size_t size) {
    if (out->status != MICA_OK || !size) return;
    if (out->used + size > out->room) {
        size_t room = 2 * (out->used + size);
        uint8_t *moved = realloc(out->bytes, room);
        if (!moved) {
            out->status = MICA_MEMORY;
            return;
        }
        out->bytes = moved;
        out->room = room;
    }
    if (bytes) memcpy(out->bytes + out->used, bytes, size);
    else memset(out->bytes + out->used, 0, size);
    out->used += size;
}

void h5_append_zeros(h5_output *out, size_t size) { h5_append(out, NULL, size); }
void h5_append_number(h5_output *out, uint64_t value, unsigned bytes) {
    h5_append(out, &value, bytes);
}
void h5_append_padding(h5_output *out, size_t start) {
    if (out->used > start) h5_append_zeros(out, padded(out->used - start) - (out->used - start));
}

mica_status h5_flush(h5_output *out, uint64_t expected_position, mica_error *err) {
    if (out->status != MICA_OK) return fail_memory(err, out->room, "HDF5 writer");
    if (out->position != expected_position)
        return fail(err, MICA_INTERNAL, "HDF5 writer: at byte %" PRIu64 ", expected %" PRIu64,
                    out->position, expected_position);
    if (out->used) TRY(out->sink(out->context, out->bytes, out->used, err));
    out->position += out->used;
    out->used = 0;
    return MICA_OK;
}

/* ---- types ---- */

size_t h5_type_bytes(const h5_value *value) {
    if (value->kind == H5_VALUE_TEXTS) return 8;
    if (value->kind == H5_VALUE_LONG_TEXT) return 8 + 12;
    if (value->dtype == MICA_BOOL) return 8 + 12 + 16 + 2;
    return dtype_is_float(value->dtype) ? 20 : 12;
}

/* Version 1: class and its bits, size. */
static void append_type_head(h5_output *out, unsigned class, unsigned bits, size_t size) {
    h5_append_number(out, 0x10 | class, 1);
    h5_append_number(out, bits, 3);
    h5_append_number(out, size, 4);
}

static void append_integer(h5_output *out, bool sign, size_t size) {
    append_type_head(out, 0, sign ? 8 : 0, size);
    h5_append_number(out, 0, 2); /* first bit */
    h5_append_number(out, 8 * size, 2);
}

static void append_float(h5_output *out, mica_dtype dtype) {
    size_t size = mica_dtype_size(dtype), bits = 8 * size;
    unsigned exponent = dtype == MICA_FLOAT16 ? 5 : dtype == MICA_FLOAT64 ? 11 : 8;
    unsigned mantissa = (unsigned)bits - 1 - exponent;
    append_type_head(out, 1, 0x20 | (unsigned)(bits - 1) << 8,
                     size); /* leading bit implied; sign's place */
    h5_append_number(out, 0, 2);
    h5_append_number(out, bits, 2);
    h5_append_number(out, mantissa, 1);
    h5_append_number(out, exponent, 1);
    h5_append_number(out, 0, 1);
    h5_append_number(out, mantissa, 1);
    h5_append_number(out, (1u << (exponent - 1)) - 1, 4);
}

static void append_type(h5_output *out, const h5_value *value) {
    if (value->kind == H5_VALUE_TEXTS) {
        append_type_head(out, 3, 1, value->element_bytes); /* padded with NUL */
    } else if (value->kind == H5_VALUE_LONG_TEXT) {
        append_type_head(out, 9, 0x101, 16); /* a string, UTF-8 */
        append_integer(out, false, 1);
    } else if (value->dtype == MICA_BOOL) {
        append_type_head(out, 8, 2, 1);
        append_integer(out, true, 1);
        h5_append(out, "FALSE\0\0\0TRUE\0\0\0\0\0\1", 18);
    } else if (dtype_is_float(value->dtype)) {
        append_float(out, value->dtype);
    } else {
        append_integer(out, dtype_kind(value->dtype) == 'i', value->element_bytes);
    }
}

static size_t space_bytes(const h5_value *value) { return 8 + 8 * (size_t)value->rank; }

static void append_space(h5_output *out, const h5_value *value) {
    h5_append_number(out, 1, 1);
    h5_append_number(out, value->rank, 1);
    h5_append_zeros(out, 6);
    for (unsigned i = 0; i < value->rank; i++) h5_append_number(out, (uint64_t)value->dims[i], 8);
}

/* ---- messages ---- */

static void append_head(h5_output *out, unsigned type, size_t bytes, unsigned flags) {
    h5_append_number(out, type, 2);
    h5_append_number(out, padded(bytes), 2);
    h5_append_number(out, flags, 4);
}

static size_t body_bytes(const h5_new_attribute *attribute) {
    const h5_value *value = &attribute->value;
    size_t name = strlen(attribute->name) + 1, type = h5_type_bytes(value),
           space = space_bytes(value);
    size_t data = value->kind == H5_VALUE_LONG_TEXT ? 16 : value->bytes;
    if (!is_ascii(attribute->name)) return 9 + name + type + space + data;
    return 8 + padded(name) + padded(type) + padded(space) + data;
}

size_t h5_attribute_bytes(const h5_new_attribute *attribute) {
    return padded(body_bytes(attribute));
}

static void append_data(h5_output *out, const h5_value *value) {
    if (value->kind != H5_VALUE_LONG_TEXT) {
        h5_append(out, value->data, value->bytes);
        return;
    }
    h5_append_number(out, value->bytes, 4);
    h5_append_number(out, value->heap, 8);
    h5_append_number(out, value->heap_index, 4);
}

/* Version 1, or 3 (no padding, character set of the name) for names beyond ASCII. */
static void append_attribute(h5_output *out, const h5_new_attribute *attribute) {
    const h5_value *value = &attribute->value;
    bool ascii = is_ascii(attribute->name);
    size_t start = out->used + 8, name = strlen(attribute->name) + 1;
    append_head(out, H5_MSG_ATTRIBUTE, body_bytes(attribute), 0);
    h5_append_number(out, ascii ? 1 : 3, 2);
    h5_append_number(out, name, 2);
    h5_append_number(out, h5_type_bytes(value), 2);
    h5_append_number(out, space_bytes(value), 2);
    if (!ascii) h5_append_number(out, 1, 1);
    h5_append(out, attribute->name, name);
    if (ascii) h5_append_padding(out, start);
    append_type(out, value);
    if (ascii) h5_append_padding(out, start);
    append_space(out, value);
    append_data(out, value);
    h5_append_padding(out, start);
}

size_t h5_message_count(const h5_node *node) {
    return node->attribute_count + (node->is_group ? 1 : 4);
}

size_t h5_messages_bytes(const h5_node *node) {
    size_t bytes = 8 + 16; /* symbol table; in a dataset, layout takes 8 + 24, fill value 8 + 8 */
    if (!node->is_group)
        bytes = 8 + padded(space_bytes(&node->value)) + 8 + padded(h5_type_bytes(&node->value)) +
                16 + 32;
    for (size_t i = 0; i < node->attribute_count; i++)
        bytes += 8 + h5_attribute_bytes(&node->attributes[i]);
    return bytes;
}

static void append_dataset_messages(h5_output *out, const h5_node *node) {
    const h5_value *value = &node->value;
    append_head(out, H5_MSG_DATASPACE, space_bytes(value), 0);
    append_space(out, value);
    append_head(out, H5_MSG_DATATYPE, h5_type_bytes(value), 1); /* constant */
    size_t start = out->used;
    append_type(out, value);
    h5_append_padding(out, start);
    append_head(out, H5_MSG_FILL, 8, 1);
    h5_append(out, "\2\2\2\1\0\0\0\0", 8); /* version 2, room made late, filled if set, zeros */
    append_head(out, H5_MSG_LAYOUT, 18, 0);
    h5_append_number(out, 3 | H5_CONTIGUOUS << 8, 2);
    h5_append_number(out, node->data, 8);
    h5_append_number(out, value->bytes, 8);
    h5_append_zeros(out, 6);
}

void h5_append_messages(h5_output *out, const h5_node *node) {
    if (node->is_group) {
        append_head(out, H5_MSG_SYMBOL_TABLE, 16, 0);
        h5_append_number(out, node->tree[node->levels - 1], 8);
        h5_append_number(out, node->heap, 8);
    } else {
        append_dataset_messages(out, node);
    }
    for (size_t i = 0; i < node->attribute_count; i++) append_attribute(out, &node->attributes[i]);
}
