/* The loops over tiles of winograd.h, for one size: before it is included, OUT is the number of
 * results along an axis. simd_winograd.c includes it once for each size. */
#define TILE (OUT + 2)
#define LOOP(name) SIMD_PASTE(name, OUT)
#define LINES(name) SIMD_PASTE(SIMD_PASTE(lines, OUT), name)

static inline __attribute__((always_inline)) void
LOOP(input_any)(const void *const *x, bool half, int64_t channels, float *v, int64_t stride) {
    for (int64_t c = 0; c < channels; c += LANES) {
        vector d[TILE][TILE], t[TILE][TILE];
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) d[i][j] = vector_load_any(x[i * TILE + j], c, half);
        BOTH_AXES(LINES(input), TILE, TILE, d, t);
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) vector_store(v + (i * TILE + j) * stride + c, t[i][j]);
    }
}

static void LOOP(input)(const void *const *x, bool half, int64_t channels, float *v,
                        int64_t stride) {
    if (half) LOOP(input_any)(x, true, channels, v, stride);
    else LOOP(input_any)(x, false, channels, v, stride);
}

static void LOOP(input_back)(const float *v, int64_t stride, int64_t channels, float *const *dx) {
    for (int64_t c = 0; c < channels; c += LANES) {
        vector m[TILE][TILE], t[TILE][TILE];
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) m[i][j] = vector_load(v + (i * TILE + j) * stride + c);
        BOTH_AXES(LINES(input_back), TILE, TILE, m, t);
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) {
                float *at = dx[i * TILE + j] + c;
                vector_store(at, vector_load(at) + t[i][j]);
            }
    }
}

static inline __attribute__((always_inline)) void
LOOP(output_any)(const float *m, int64_t stride, int64_t channels, const float *bias,
                 int activation, void *const *y, bool half) {
    for (int64_t c = 0; c < channels; c += LANES) {
        vector d[TILE][TILE], t[OUT][OUT], b = bias ? vector_load(bias + c) : (vector){0};
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) d[i][j] = vector_load(m + (i * TILE + j) * stride + c);
        BOTH_AXES(LINES(output), TILE, OUT, d, t);
        for (int i = 0; i < OUT; i++)
            for (int j = 0; j < OUT; j++)
                vector_store_any(y[i * OUT + j], c, activate(t[i][j] + b, activation), half);
    }
}

static void LOOP(output)(const float *m, int64_t stride, int64_t channels, const float *bias,
                         int activation, void *const *y, bool half) {
    if (half) LOOP(output_any)(m, stride, channels, bias, activation, y, true);
    else LOOP(output_any)(m, stride, channels, bias, activation, y, false);
}

static inline __attribute__((always_inline)) void LOOP(output_back_any)(const void *const *dy,
                                                                        bool half, int64_t channels,
                                                                        float *m, int64_t stride) {
    for (int64_t c = 0; c < channels; c += LANES) {
        vector d[OUT][OUT], t[TILE][TILE];
        for (int i = 0; i < OUT; i++)
            for (int j = 0; j < OUT; j++) d[i][j] = vector_load_any(dy[i * OUT + j], c, half);
        BOTH_AXES(LINES(output_back), OUT, TILE, d, t);
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) vector_store(m + (i * TILE + j) * stride + c, t[i][j]);
    }
}

static void LOOP(output_back)(const void *const *dy, bool half, int64_t channels, float *m,
                              int64_t stride) {
    if (half) LOOP(output_back_any)(dy, true, channels, m, stride);
    else LOOP(output_back_any)(dy, false, channels, m, stride);
}

static void LOOP(weights)(const float *w, int64_t w_stride, int64_t n, float *u, int64_t u_stride) {
    for (int64_t c = 0; c < n; c += LANES) {
        vector d[3][3], t[TILE][TILE];
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) d[i][j] = vector_load(w + (i * 3 + j) * w_stride + c);
        BOTH_AXES(LINES(weight), 3, TILE, d, t);
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) vector_store(u + (i * TILE + j) * u_stride + c, t[i][j]);
    }
}

static void LOOP(weights_back)(float *u, int64_t slices, int64_t slice, int64_t u_stride, int64_t n,
                               float *w, int64_t w_stride) {
    for (int place = 0; place < TILE * TILE; place++) /* line by line: memory likes it */
        for (int64_t s = 1; s < slices; s++) {
            float *sum = u + place * u_stride;
            const float *more = sum + s * slice;
            for (int64_t c = 0; c < n; c += LANES)
                vector_store(sum + c, vector_load(sum + c) + vector_load(more + c));
        }
    for (int64_t c = 0; c < n; c += LANES) {
        vector d[TILE][TILE], t[3][3];
        for (int i = 0; i < TILE; i++)
            for (int j = 0; j < TILE; j++) d[i][j] = vector_load(u + (i * TILE + j) * u_stride + c);
        BOTH_AXES(LINES(weight_back), TILE, 3, d, t);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) vector_store(w + (i * 3 + j) * w_stride + c, t[i][j]);
    }
}

static const winograd_tile LOOP(tile) = {
    .out = OUT,
    .side = TILE,
    .places = TILE * TILE,
    .input = LOOP(input),
    .input_back = LOOP(input_back),
    .output = LOOP(output),
    .output_back = LOOP(output_back),
    .weights = LOOP(weights),
    .weights_back = LOOP(weights_back),
};

#undef TILE
#undef LOOP
#undef LINES
#undef OUT
