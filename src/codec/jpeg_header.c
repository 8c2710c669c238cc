/* The markers of a baseline JPEG: see jpeg_scan.h. Whatever is unusual is left to libjpeg. */
#include "codec/bytes.h"
#include "codec/jpeg_scan.h"

enum {
    SOF0 = 0xc0,
    SOF1 = 0xc1,
    DHT = 0xc4,
    SOS = 0xda,
    DQT = 0xdb,
    DRI = 0xdd,
    APP0 = 0xe0,
    APP14 = 0xee
};

const uint8_t jpeg_zigzag[64] = {0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,
                                 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
                                 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
                                 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

static bool read_quantizers(jpeg_baseline *j, const unsigned char *b, size_t n) {
    for (; n >= 65; b += 65, n -= 65) {
        if (b[0] > 3) return false; /* 16 bits, or no such table */
        memcpy(j->quantizer[b[0]], b + 1, 64);
        j->has_quantizer[b[0]] = true;
    }
    return n == 0;
}

static bool read_codes(jpeg_baseline *j, const unsigned char *b, size_t n) {
    while (n > 17) {
        size_t count = 0;
        for (int i = 0; i < LONGEST_CODE; i++) count += b[1 + i];
        int kind = b[0] >> 4, number = b[0] & 15;
        if (kind > 1 || number > 3 || count > 256 || count > n - 17) return false;
        if (!huffman_build(&j->table[kind][number], b + 1, b + 17, (int)count, kind)) return false;
        j->has_table[kind][number] = true;
        b += 17 + count, n -= 17 + count;
    }
    return n == 0;
}

/* Sizes of the components in blocks and samples. */
static bool lay_out(jpeg_baseline *j) {
    const component *first = &j->component[0];
    if (j->components == 1) j->component[0].wide = j->component[0].high = 1;
    j->wide = first->wide, j->high = first->high;
    if (j->wide > 2 || j->high > j->wide) return false; /* 1 x 1, 2 x 1, 2 x 2 */
    j->mcus = whole(j->width, 8 * j->wide), j->mcu_rows = whole(j->height, 8 * j->high);
    j->widest = 0;
    for (int c = 0; c < j->components; c++) {
        component *p = &j->component[c];
        if (c && (p->wide != 1 || p->high != 1)) return false;
        p->blocks = j->mcus * p->wide, p->block_rows = j->mcu_rows * p->high;
        j->widest += whole(p->blocks, MOST_BLOCKS) * MOST_BLOCKS * p->high;
    }
    return true;
}

static bool read_frame(jpeg_baseline *j, const unsigned char *b, size_t n) {
    if (j->components || n < 6 || b[0] != 8) return false;
    j->height = (int)big16(b + 1), j->width = (int)big16(b + 3);
    int count = b[5];
    if ((count != 1 && count != 3) || n != 6 + 3 * (size_t)count || !j->width || !j->height)
        return false;
    for (int c = 0; c < count; c++) {
        const unsigned char *at = b + 6 + 3 * c;
        j->component[c] = (component){
            .id = at[0], .wide = at[1] >> 4, .high = at[1] & 15, .quantizer = at[2]};
        if (!j->component[c].wide || !j->component[c].high || at[2] > 3) return false;
    }
    j->components = count;
    return lay_out(j);
}

static bool read_scan_header(jpeg_baseline *j, const unsigned char *b, size_t n) {
    if (!j->components || n != 4 + 2 * (size_t)j->components || b[0] != j->components) return false;
    for (int c = 0; c < j->components; c++) {
        component *p = &j->component[c];
        p->dc = b[2 + 2 * c] >> 4, p->ac = b[2 + 2 * c] & 15;
        if (b[1 + 2 * c] != p->id || p->dc > 3 || p->ac > 3 || !j->has_table[0][p->dc] ||
            !j->has_table[1][p->ac] || !j->has_quantizer[p->quantizer])
            return false;
    }
    const unsigned char *spectrum = b + n - 3;
    return spectrum[0] == 0 && spectrum[1] == 63 && spectrum[2] == 0;
}

/* Whether three components are Y Cb Cr, as libjpeg guesses. */
static bool is_ycc(const jpeg_baseline *j, bool jfif, int adobe) {
    if (j->components == 1 || jfif) return true;
    if (adobe >= 0) return adobe == 1;
    return j->component[0].id == 1 && j->component[1].id == 2 && j->component[2].id == 3;
}

/* Whether so many pixels can be in so many bytes. */
static bool is_honest(const jpeg_baseline *j, size_t size) {
    int64_t pixels = (int64_t)j->width * j->height;
    return pixels <= IMAGE_MOST_PIXELS && pixels <= (int64_t)size * JPEG_PIXELS_PER_BYTE + 64 * 64;
}

bool baseline_read_header(jpeg_baseline *j, const unsigned char *bytes, size_t size, size_t *scan) {
    bool jfif = false, good = true;
    int adobe = -1;
    j->components = j->restart = 0;
    memset(j->has_quantizer, 0, sizeof j->has_quantizer);
    memset(j->has_table, 0, sizeof j->has_table);
    for (size_t at = 2; good && at + 4 <= size;) {
        unsigned marker = bytes[at + 1];
        size_t length = big16(bytes + at + 2), n = length - 2;
        const unsigned char *b = bytes + at + 4;
        if (bytes[at] != 0xff || length < 2 || length > size - at - 2) return false;
        at += 2 + length;
        if (marker == DQT) good = read_quantizers(j, b, n);
        else if (marker == DHT) good = read_codes(j, b, n);
        else if (marker == SOF0 || marker == SOF1) good = read_frame(j, b, n);
        else if (marker == DRI) good = n == 2, j->restart = good ? (int)big16(b) : 0;
        else if (marker == APP0) jfif |= n >= 14 && !memcmp(b, "JFIF", 5);
        else if (marker == APP14 && n >= 12 && !memcmp(b, "Adobe", 5)) adobe = b[11];
        else if (marker == SOS) {
            *scan = at;
            return read_scan_header(j, b, n) && is_ycc(j, jfif, adobe) && is_honest(j, size);
        } else
            good = marker == 0xfe || (marker > APP0 && marker <= 0xef); /* a comment, other APPn */
    }
    return false;
}
