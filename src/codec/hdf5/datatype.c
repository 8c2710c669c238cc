/* Datatypes: integers and floats of the sizes that mica has, h5py's bool, strings, opaque bytes.
 * Every other type is kept as H5_OTHER, with a text that says what it is: it is refused when read.
 * Source: HDF5 File Format Specification, IV.A.2.d. */
#include "codec/hdf5/internal.h"

#include <string.h>

enum {
    FIXED,
    FLOATING,
    TIME,
    STRING,
    BITS,
    OPAQUE,
    COMPOUND,
    REFERENCE,
    ENUM,
    VARIABLE,
    ARRAY,
    COMPLEX
};

static void set_number(h5_type *type, h5_kind kind, mica_dtype dtype) {
    type->kind = kind;
    type->dtype = dtype;
    type->text = mica_dtype_name(dtype);
}

static void parse_integer(h5_cursor *cursor, unsigned bits, h5_type *type) {
    static const mica_dtype plain[] = {MICA_UINT8, MICA_UINT16, MICA_UINT32, MICA_UINT64};
    static const mica_dtype sign[] = {MICA_INT8, MICA_INT16, MICA_INT32, MICA_INT64};
    unsigned offset = (unsigned)h5_take(cursor, 2), precision = (unsigned)h5_take(cursor, 2);
    type->text = "integer of an unusual size";
    if (type->size > 8 || type->size & (type->size - 1)) return;
    if (offset || precision != 8 * type->size) return;
    unsigned width = h5_log2(type->size);
    type->big_endian = bits & 1;
    set_number(type, H5_INTEGER, bits & 8 ? sign[width] : plain[width]);
}

static void parse_float(h5_cursor *cursor, unsigned bits, h5_type *type) {
    /* Size, sign's place; bit offset, precision, exponent's place and size, mantissa's, bias. */
    static const struct {
        mica_dtype dtype;
        unsigned size, sign;
        uint8_t fields[12];
    } known[] = {
        {MICA_FLOAT16, 2, 15, {0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0}},
        {MICA_BFLOAT16, 2, 15, {0, 0, 16, 0, 7, 8, 0, 7, 127, 0, 0, 0}},
        {MICA_FLOAT32, 4, 31, {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0}},
        {MICA_FLOAT64, 8, 63, {0, 0, 64, 0, 52, 11, 0, 52, 0xff, 0x03, 0, 0}},
    };
    const uint8_t *fields = h5_take_bytes(cursor, 12);
    type->text = "float of an unusual layout";
    type->big_endian = bits & 1;
    if (!fields || bits & 0x40 || (bits >> 4 & 3) != 2)
        return; /* VAX order; no implied leading bit */
    for (size_t i = 0; i < LENGTH(known); i++)
        if (known[i].size == type->size && known[i].sign == (bits >> 8 & 255) &&
            !memcmp(known[i].fields, fields, 12))
            set_number(type, H5_FLOAT, known[i].dtype);
}

static mica_status parse(h5_cursor *cursor, h5_type *type, unsigned depth, mica_error *err);

/* An enum is its base type, except h5py's bool: int8 with FALSE = 0 and TRUE = 1. */
static mica_status parse_enum(h5_cursor *cursor, unsigned version, unsigned members, h5_type *type,
                              mica_error *err) {
    static const char *const names[2] = {"FALSE", "TRUE"};
    h5_type base;
    uint32_t size = type->size;
    TRY(parse(cursor, &base, 1, err));
    type->text = "enum";
    if (base.kind != H5_INTEGER || base.size != size) return MICA_OK;
    *type = base;
    if (members != 2 || size != 1) return MICA_OK;
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t *name = cursor->at, *nul = memchr(name, 0, h5_left(cursor));
        uint64_t bytes = nul ? (uint64_t)(nul - name) + 1 : h5_left(cursor) + 1;
        if (version < 3) bytes = (bytes + 7) / 8 * 8;
        if (!h5_take_bytes(cursor, bytes)) return h5_check(cursor, err);
        if (strcmp((const char *)name, names[i]) != 0) return MICA_OK;
    }
    const uint8_t *values = h5_take_bytes(cursor, 2);
    if (values && values[0] == 0 && values[1] == 1) set_number(type, H5_BOOL, MICA_BOOL);
    return h5_check(cursor, err);
}

static mica_status parse_variable(h5_cursor *cursor, unsigned bits, h5_type *type,
                                  mica_error *err) {
    type->text = "sequence of variable length";
    if ((bits & 15) != 1) return MICA_OK;
    if (type->size != 8 + cursor->offset_bytes)
        return fail(err, MICA_FORMAT,
                    "datatype at byte %" PRIu64
                    ": string of variable length in %u bytes, expected %u",
                    cursor->place, type->size, 8 + cursor->offset_bytes);
    type->kind = H5_STRING;
    type->variable = true;
    type->text = "string";
    return MICA_OK;
}

static mica_status parse(h5_cursor *cursor, h5_type *type, unsigned depth, mica_error *err) {
    static const char *const texts[] = {"integer",   "float",    "time",     "string",
                                        "bit field", "opaque",   "compound", "reference",
                                        "enum",      "sequence", "array",    "complex"};
    uint64_t place = h5_place(cursor);
    unsigned head = (unsigned)h5_take(cursor, 1), class = head & 15, version = head >> 4;
    unsigned bits = (unsigned)h5_take(cursor, 3);
    *type = (h5_type){.kind = H5_OTHER, .size = (uint32_t)h5_take(cursor, 4)};
    TRY(h5_check(cursor, err));
    if (version < 1 || version > 5 || class >= LENGTH(texts) || !type->size)
        return fail(err, version > 5 || class >= LENGTH(texts) ? MICA_UNSUPPORTED : MICA_FORMAT,
                    "datatype at byte %" PRIu64 ": version %u, class %u, %u bytes", place, version,
                    class, type->size);
    type->text = texts[class];
    switch (class) {
    case FIXED: parse_integer(cursor, bits, type); break;
    case FLOATING: parse_float(cursor, bits, type); break;
    case STRING: type->kind = H5_STRING, type->padding = bits & 15; break;
    case OPAQUE: type->kind = H5_OPAQUE; break;
    case ENUM:
        if (!depth) TRY(parse_enum(cursor, version, bits & 0xffff, type, err));
        break;
    case VARIABLE: TRY(parse_variable(cursor, bits, type, err)); break;
    default: break;
    }
    if (type->kind == H5_STRING && type->padding > 2)
        return fail(err, MICA_FORMAT,
                    "datatype at byte %" PRIu64 ": string padding %u, expected 0 to 2", place,
                    type->padding);
    return h5_check(cursor, err);
}

mica_status h5_parse_type(h5_cursor *cursor, h5_type *type, mica_error *err) {
    return parse(cursor, type, 0, err);
}
