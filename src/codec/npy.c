/* npy, reading: see npy.h. The header is a literal of a Python dict:
 * {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */
#include "codec/npy.h"

#include "codec/bytes.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_HEADER (1u << 20)

bool npy_is(const void *bytes, size_t size) { return size >= 6 && !memcmp(bytes, "\x93NUMPY", 6); }

/* ---- the dict ---- */

typedef struct scanner {
    const char *at, *end;
    const char *name;
    mica_error *err;
} scanner;

static char look(scanner *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t')) s->at++;
    return s->at < s->end ? *s->at : 0;
}

static bool take(scanner *s, char c) {
    if (look(s) != c) return false;
    s->at++;
    return true;
}

static mica_status unexpected(scanner *s, const char *expected) {
    char found = look(s);
    return fail(s->err, MICA_FORMAT, "%s: the npy header is damaged: expected %s, found '%c'",
                s->name, expected, found >= ' ' && found <= '~' ? found : '?');
}

static mica_status take_text(scanner *s, char *out, size_t room) {
    char quote = look(s);
    size_t n = 0;
    if (quote != '\'' && quote != '"') return unexpected(s, "a quoted text");
    for (s->at++; s->at < s->end && *s->at != quote; s->at++) {
        if (n + 1 == room) return unexpected(s, "a shorter text");
        out[n++] = *s->at;
    }
    out[n] = 0;
    return take(s, quote) ? MICA_OK : unexpected(s, "a closing quote");
}

static mica_status take_boolean(scanner *s, bool *out) {
    look(s);
    size_t left = (size_t)(s->end - s->at);
    if (left >= 4 && !memcmp(s->at, "True", 4)) return *out = true, s->at += 4, MICA_OK;
    if (left >= 5 && !memcmp(s->at, "False", 5)) return *out = false, s->at += 5, MICA_OK;
    return unexpected(s, "True or False");
}

static mica_status take_dim(scanner *s, int64_t *out) {
    if (look(s) < '0' || look(s) > '9') return unexpected(s, "a whole number");
    *out = 0;
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
        if (__builtin_mul_overflow(*out, 10, out) ||
            __builtin_add_overflow(*out, *s->at - '0', out))
            return fail(s->err, MICA_FORMAT, "%s: a dimension of the npy header is too large",
                        s->name);
    if (s->at < s->end && *s->at == 'L') s->at++; /* Python 2 */
    return MICA_OK;
}

static mica_status take_shape(scanner *s, shape *out) {
    out->rank = 0;
    if (!take(s, '(')) return unexpected(s, "'('");
    while (!take(s, ')')) {
        if (out->rank == MAX_RANK)
            return fail(s->err, MICA_UNSUPPORTED, "%s: an array of more than %d axes", s->name,
                        MAX_RANK);
        TRY(take_dim(s, &out->dims[out->rank++]));
        if (!take(s, ',') && look(s) != ')') return unexpected(s, "',' or ')'");
    }
    return MICA_OK;
}

static mica_status dtype_of_descr(const char *descr, npy_header *out, const char *name,
                                  mica_error *err) {
    char order = descr[0];
    bool known = strchr("<>|=", order) && order;
    for (mica_dtype d = 0; known && d < MICA_DTYPE_COUNT; d++) {
        if (!dtype_is_number(d) || strcmp(dtype_numpy(d) + 1, descr + 1)) continue;
        out->dtype = d;
        out->item = mica_dtype_size(d);
        out->swapped = order == '>' && mica_dtype_size(d) > 1;
        return MICA_OK;
    }
    if (known && descr[1] == 'O')
        return fail(err, MICA_UNSUPPORTED,
                    "%s: an array of Python objects (pickled); mica reads numbers only", name);
    return fail(err, MICA_UNSUPPORTED,
                "%s: dtype '%s', expected a number of 1 to 8 bytes such as '<f4', or texts "
                "such as '<U5'",
                name, descr);
}

/* "U12", "S3": how long a text may be, in letters or bytes. */
static bool text_of_descr(const char *descr, npy_header *out) {
    char order = descr[0], *end;
    if (!order || !strchr("<>|=", order) || (descr[1] != 'U' && descr[1] != 'S')) return false;
    if (descr[2] < '0' || descr[2] > '9') return false;
    unsigned long long length = strtoull(descr + 2, &end, 10);
    if (*end || length > UINT32_MAX / 4) return false;
    out->dtype = MICA_STRING;
    out->text = descr[1];
    out->item = (size_t)length * (descr[1] == 'U' ? 4 : 1);
    out->swapped = order == '>' && descr[1] == 'U';
    return true;
}

static mica_status take_item(scanner *s, npy_header *out, unsigned *seen) {
    char key[32], descr[64];
    TRY(take_text(s, key, sizeof key));
    if (!take(s, ':')) return unexpected(s, "':'");
    if (!strcmp(key, "descr")) {
        if (look(s) == '[')
            return fail(s->err, MICA_UNSUPPORTED,
                        "%s: a structured array; mica reads plain numbers only", s->name);
        TRY(take_text(s, descr, sizeof descr));
        *seen |= 1;
        if (text_of_descr(descr, out)) return MICA_OK;
        return dtype_of_descr(descr, out, s->name, s->err);
    }
    if (!strcmp(key, "fortran_order")) return *seen |= 2, take_boolean(s, &out->fortran);
    if (!strcmp(key, "shape")) return *seen |= 4, take_shape(s, &out->shape);
    return fail(s->err, MICA_FORMAT, "%s: the npy header has an unknown key '%s'", s->name, key);
}

static mica_status parse_dict(scanner *s, npy_header *out) {
    unsigned seen = 0;
    if (!take(s, '{')) return unexpected(s, "'{'");
    while (!take(s, '}')) {
        TRY(take_item(s, out, &seen));
        if (!take(s, ',') && look(s) != '}') return unexpected(s, "',' or '}'");
    }
    if (seen != 7)
        return fail(s->err, MICA_FORMAT, "%s: the npy header lacks %s", s->name,
                    !(seen & 1)   ? "descr"
                    : !(seen & 2) ? "fortran_order"
                                  : "shape");
    return MICA_OK;
}

/* ---- the whole header ---- */

static mica_status check_size(const npy_header *h, uint64_t whole, const char *name,
                              mica_error *err) {
    uint64_t bytes = h->item ? h->item : 1; /* or no shape is too large for texts of no letters */
    bool empty = false, huge = false;
    char text[128];
    for (int i = 0; i < h->shape.rank; i++) empty |= h->shape.dims[i] == 0;
    for (int i = 0; i < h->shape.rank && !huge; i++)
        if (h->shape.dims[i])
            huge = __builtin_mul_overflow(bytes, (uint64_t)h->shape.dims[i], &bytes);
    if (!h->item && !empty)
        return fail(err, MICA_FORMAT, "%s: texts of no letters, expected at least one", name);
    if (huge || bytes > INT64_MAX || (!empty && bytes > whole - h->data)) {
        shape_format(&h->shape, text);
        return fail(err, MICA_FORMAT,
                    "%s: the file is cut short: %llu bytes of data, expected %s of %s", name,
                    (unsigned long long)(whole - h->data), text, mica_dtype_name(h->dtype));
    }
    return MICA_OK;
}

mica_status npy_read_header(const void *bytes, size_t size, uint64_t whole, const char *name,
                            npy_header *out, mica_error *err) {
    const unsigned char *b = bytes;
    *out = (npy_header){0};
    if (!npy_is(b, size))
        return fail(err, MICA_FORMAT, "%s: not an npy file: it does not begin with \\x93NUMPY",
                    name);
    if (size < 8 || b[6] < 1 || b[6] > 3)
        return fail(err, MICA_FORMAT, "%s: npy version %d, expected 1 to 3", name,
                    size < 8 ? 0 : b[6]);
    size_t fixed = b[6] == 1 ? 10 : 12;
    uint64_t length = size < fixed ? 0 : fixed == 10 ? little16(b + 8) : little32(b + 8);
    if (size < fixed || length > size - fixed || length > LONGEST_HEADER)
        return fail(err, MICA_FORMAT, "%s: the npy header is cut short: %zu bytes, expected %llu",
                    name, size, (unsigned long long)(fixed + length));
    scanner s = {(const char *)b + fixed, (const char *)b + fixed + length, name, err};
    out->data = fixed + (size_t)length;
    TRY(parse_dict(&s, out));
    return check_size(out, whole, name, err);
}

/* ---- the elements ---- */

/* Row-major from column-major: walks the output in order. */
static void from_fortran(const shape *s, size_t size, const char *in, char *out) {
    int64_t index[MAX_RANK] = {0}, stride[MAX_RANK], n = shape_size(s), at = 0;
    for (int i = 0; i < s->rank && n; i++) stride[i] = i ? stride[i - 1] * s->dims[i - 1] : 1;
    for (int64_t k = 0; k < n; k++, out += size) {
        memcpy(out, in + (size_t)at * size, size);
        for (int i = s->rank - 1; i >= 0; i--) {
            at += stride[i];
            if (++index[i] < s->dims[i]) break;
            at -= stride[i] * s->dims[i];
            index[i] = 0;
        }
    }
}

/* Of texts: as they are in the file, or row-major, and then the block of strings. */
static mica_status decode_texts(const char *elements, const npy_header *h, const char *name,
                                array_bytes *out, mica_error *err) {
    int64_t n = shape_size(&h->shape);
    char *turned = NULL;
    if (h->fortran && h->shape.rank > 1 && n > 0) {
        turned = malloc((size_t)n * h->item);
        if (!turned) return fail_memory(err, (unsigned long long)n * h->item, name);
        from_fortran(&h->shape, h->item, elements, turned);
    }
    mica_status status = npy_texts(h, turned ? turned : elements, n, name, &out->bytes, err);
    free(turned);
    return status;
}

static mica_status decode(buffer *file, size_t at, const npy_header *h, const char *name,
                          array_bytes *out, mica_error *err) {
    size_t size = mica_dtype_size(h->dtype), start = at + h->data;
    int64_t n = shape_size(&h->shape);
    const char *elements = (const char *)file->data + start;
    bool fortran = h->fortran && h->shape.rank > 1;
    *out = (array_bytes){h->dtype, h->shape, NULL, 0};
    if (h->text) return decode_texts(elements, h, name, out, err);
    if (!fortran && !h->swapped && (uintptr_t)elements % size == 0) {
        out->bytes = buffer_share(file);
        out->offset = start;
        return MICA_OK;
    }
    out->bytes = buffer_new((size_t)n * size);
    if (!out->bytes) return fail_memory(err, (unsigned long long)n * size, name);
    if (fortran) from_fortran(&h->shape, size, elements, out->bytes->data);
    else memcpy(out->bytes->data, elements, (size_t)n * size);
    if (h->swapped) swap_bytes(out->bytes->data, (size_t)n, size);
    return MICA_OK;
}

mica_status npy_decode(buffer *file, size_t at, const char *name, array_bytes *out,
                       mica_error *err) {
    npy_header h;
    size_t left = at <= file->bytes ? file->bytes - at : 0;
    *out = (array_bytes){0};
    TRY(npy_read_header((const char *)file->data + (left ? at : 0), left, left, name, &h, err));
    return decode(file, at, &h, name, out, err);
}

mica_status npy_read(const char *path, array_bytes *out, mica_error *err) {
    file_reader file;
    *out = (array_bytes){0};
    TRY(file_open(&file, path, err));
    buffer *bytes = buffer_new((size_t)file.size);
    mica_status status = bytes ? file_read_at(&file, 0, bytes->data, (size_t)file.size, err)
                               : fail_memory(err, file.size, path);
    file_close(&file);
    if (status == MICA_OK) status = npy_decode(bytes, 0, path, out, err);
    buffer_drop(bytes);
    return status;
}

static void drop_bytes(void *user) { buffer_drop(user); }

mica_tensor *array_tensor(mica_context *ctx, array_bytes *a) {
    mica_tensor *t = mica_tensor_over(ctx, a->dtype, a->shape, (char *)a->bytes->data + a->offset,
                                      drop_bytes, a->bytes);
    if (t->kind == TENSOR_POISON) buffer_drop(a->bytes);
    *a = (array_bytes){0};
    return t;
}
