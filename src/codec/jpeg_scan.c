/* The coefficients of a baseline JPEG: see jpeg_scan.h. One row of MCUs is decoded, then
 * transformed. Bytes are checked for stuffing and markers before, all at once; what the bits say is
 * bounded by the blocks that the header named, so it is enough to look at the place where each
 * piece ends. */
#include "codec/jpeg_scan.h"

#include <stdlib.h>

#define LOOKS (56 / LOOK_BITS)
#define BEYOND 8192 /* bytes of zeros behind the stream: more than an MCU can take */

enum { EOI = 0xd9, RST0 = 0xd0 };

static bool add_segment(jpeg_baseline *j, size_t at) {
    if (!grow(&j->segment, &j->segment_room, j->segments + 1, sizeof *j->segment)) return false;
    j->segment[j->segments++] = at;
    return true;
}

/* Copies the scan without the zeros behind 0xff and without restart markers, to its end marker. */
static bool take_stream(jpeg_baseline *j, const unsigned char *in, size_t size) {
    size_t n = 0;
    j->segments = 0;
    if (!grow(&j->stream, &j->stream_room, size + BEYOND, 1)) return false;
    for (size_t at = 0; at < size;) {
        const unsigned char *ff = memchr(in + at, 0xff, size - at);
        if (!ff || (size_t)(ff - in) + 1 >= size) return false;
        size_t plain = (size_t)(ff - in) - at;
        memcpy(j->stream + n, in + at, plain);
        n += plain, at += plain + 2;
        if (ff[1] == 0) j->stream[n++] = 0xff;
        else if (ff[1] == RST0 + j->segments % 8 && j->restart) {
            if (!add_segment(j, n)) return false;
        } else if (ff[1] == EOI) {
            memset(j->stream + n, 0, BEYOND);
            return add_segment(j, n);
        } else return false;
    }
    return false;
}

/* The first symbol of a look that does not hold all of it. False: no such code. */
static inline bool long_symbol(const huffman_table *t, huffman_look l, bit_reader *b, int *k,
                               int *value) {
    int size = look_value(l), skip = look_skip(l);
    bits_refill(b);
    if (look_first(l)) {
        bits_drop(b, (int)look_first(l));
    } else {
        int symbol = huffman_symbol(t, b);
        if (symbol < 0) return false;
        size = symbol & 15;
        skip = !size && symbol >> 4 != 15 ? ENDS : (symbol >> 4) + 1;
    }
    *k += skip;
    *value = bits_value(b, size);
    return true;
}

static inline bool read_dc(const huffman_table *t, bit_reader *b, int *previous) {
    huffman_look l = t->look[b->bits >> (64 - LOOK_BITS)];
    int difference = look_value(l), size = difference;
    if (look_length(l)) {
        bits_drop(b, (int)look_length(l));
    } else {
        if (look_first(l)) bits_drop(b, (int)look_first(l));
        else if ((size = huffman_symbol(t, b)) < 0) return false;
        bits_refill(b);
        difference = bits_value(b, size);
    }
    *previous = (int16_t)(*previous + difference);
    return true;
}

/* `steps` go on behind 63; what lies there goes to the place of the DC, which is written last. */
static __attribute__((noinline)) bool read_block(const huffman_table *dc, const huffman_table *ac,
                                                 bit_reader *reader, int *previous,
                                                 const coefficient_step *steps, int16_t *out) {
    bit_reader b = *reader;
    int k = 0, value;
    bits_refill(&b);
    if (!read_dc(dc, &b, previous)) return false;
    while (k < 63) {
        bits_refill(&b); /* enough for LOOKS looks */
        for (int i = 0; i < LOOKS && k < 63; i++) {
            const huffman_look l = ac->look[b.bits >> (64 - LOOK_BITS)];
            if (__builtin_expect(!look_length(l), 0)) {
                if (!long_symbol(ac, l, &b, &k, &value)) return false;
                out[steps[k].place] = (int16_t)(value * steps[k].multiplier);
                break;
            }
            const coefficient_step *first = &steps[k + look_skip(l)],
                                   *all = &steps[k + look_skip_all(l)];
            out[all->place] = (int16_t)(look_second(l) * all->multiplier);
            out[first->place] = (int16_t)(look_value(l) * first->multiplier);
            if (__builtin_expect(k + look_skip(l) >= 63,
                                 0)) { /* a second one is the next block's */
                bits_drop(&b, (int)look_first(l));
                k = 63;
                break;
            }
            k += look_skip_all(l);
            bits_drop(&b, (int)look_length(l));
        }
    }
    out[0] = (int16_t)(*previous * steps[0].multiplier);
    *reader = b;
    return true;
}

/* ---- MCUs ---- */

/* The fast transform's own factor of coefficient i: sqrt(2) cos(i pi / 16), 1 for the first; with
 * 14 bits behind the point for a product of two, of which 2 are kept. */
static int fast_multiplier(int at, int quantizer) {
    static const double factor[8] = {1, 1.387039845, 1.306562965, 1.175875602,
                                     1, 0.785694958, 0.541196100, 0.275899379};
    int64_t scale = (int64_t)(factor[at / 8] * factor[at % 8] * 16384 + 0.5);
    return (int)((scale * quantizer + (1 << 11)) >> 12);
}

/* Where coefficients go, and what they are multiplied by. What the scaled transform does not look
 * at goes where it does no harm. */
static void fill_steps(jpeg_baseline *j, component *p) {
    memset(p->steps, 0, sizeof p->steps);
    for (int k = 0; k < 64; k++) {
        int at = jpeg_zigzag[k], q = j->quantizer[p->quantizer][k];
        p->steps[k] = (coefficient_step){
            (uint16_t)((at / 8 * 8 << j->kernels->log_blocks) + at % 8),
            (int16_t)(p->points == 8 ? fast_multiplier(at, q) : 16 * q)};
    }
}

/* Where the groups of a block row begin in `coefficients`. */
static int16_t *row_of_groups(const jpeg_baseline *j, int which, int row) {
    int16_t *at = j->coefficients;
    for (int c = 0; c <= which; c++) {
        const component *p = &j->component[c];
        int blocks = (p->blocks + MOST_BLOCKS - 1) / MOST_BLOCKS * MOST_BLOCKS;
        at += (size_t)blocks * 64 * (size_t)(c == which ? row : p->high);
    }
    return at;
}

static bool read_mcu(jpeg_baseline *j, bit_reader *b, int mcu,
                     int16_t *const groups[MOST_COMPONENTS][2]) {
    int log = j->kernels->log_blocks;
    for (int c = 0; c < j->components; c++) {
        component *p = &j->component[c];
        const huffman_table *dc = &j->table[0][p->dc], *ac = &j->table[1][p->ac];
        for (int r = 0; r < p->high; r++)
            for (int i = 0; i < p->wide; i++) {
                int at = mcu * p->wide + i;
                int16_t *out = groups[c][r] + ((at >> log) << log) * 64 +
                               (at & ((1 << log) - 1)) * 8;
                if (!read_block(dc, ac, b, &p->previous, p->steps, out)) return false;
            }
    }
    return true;
}

static void transform_row(jpeg_baseline *j, int mcu_row,
                          int16_t *const groups[MOST_COMPONENTS][2]) {
    int together = 1 << j->kernels->log_blocks;
    size_t words = 64 * (size_t)together;
    for (int c = 0; c < j->components; c++) {
        const component *p = &j->component[c];
        size_t n = (size_t)p->points, stride = p->plane.stride;
        for (int r = 0; r < p->high; r++) {
            unsigned char *out = p->plane.samples + (size_t)(mcu_row * p->high + r) * n * stride;
            int16_t *group = groups[c][r];
            for (int at = 0; at < p->blocks;
                 at += together, group += words, out += n * (size_t)together) {
                if (c && j->gray) {
                } else if (n == 8) j->kernels->transform(group, out, stride);
                else j->kernels->scaled(group, j->basis[n], (int)n, out, stride);
                memset(group, 0, words * sizeof *group);
            }
        }
    }
}

/* Whether all of a segment was used, but for the bits that fill its last byte. */
static bool at_end(const jpeg_baseline *j, const bit_reader *b, size_t segment) {
    size_t used = (size_t)(b->at - j->stream) * 8 - (size_t)b->count, end = j->segment[segment] * 8;
    return used <= end && used + 8 > end;
}

static void begin_segment(jpeg_baseline *j, bit_reader *b, size_t from) {
    *b = (bit_reader){.at = j->stream + from};
    for (int c = 0; c < j->components; c++) j->component[c].previous = 0;
}

bool baseline_read_scan(jpeg_baseline *j, const unsigned char *bytes, size_t size) {
    int16_t *groups[MOST_COMPONENTS][2];
    bit_reader b;
    if (!take_stream(j, bytes, size)) return false;
    for (int c = 0; c < j->components; c++) fill_steps(j, &j->component[c]);
    for (int c = 0; c < j->components; c++)
        for (int r = 0; r < 2; r++) groups[c][r] = row_of_groups(j, c, r);
    const unsigned char *limit = j->stream + j->segment[j->segments - 1] + 16;
    size_t segment = 0;
    begin_segment(j, &b, 0);
    for (int row = 0, left = j->restart; row < j->mcu_rows; row++) {
        for (int mcu = 0; mcu < j->mcus; mcu++, left--) {
            if (j->restart && !left) {
                if (segment + 1 >= j->segments || !at_end(j, &b, segment)) return false;
                begin_segment(j, &b, j->segment[segment++]);
                left = j->restart;
            }
            if (b.at > limit || !read_mcu(j, &b, mcu, groups)) return false;
        }
        transform_row(j, row, groups);
    }
    return segment + 1 == j->segments && at_end(j, &b, segment);
}
