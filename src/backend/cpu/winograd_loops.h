/* The loops over tiles of winograd.h, for one size: before it is included, OUT is the number of
 * results along an axis. simd_winograd.c includes it once for each size. */
#define TILE (OUT + 2)
#define LOOP(name) SIMD_PASTE(name, OUT)
#define LINES(name) SIMD_PASTE(SIMD_PASTE(lines, OUT), name)

/* What BOTH_AXES loads and stores: vector c of a place, a pixel, a result. */
#define OF_PLACE(array, i, j) vector_load((array) + ((i)*TILE + (j)) * stride + c)
#define TO_PLACE(array, i, j, vec) vector_store((array) + ((i)*TILE + (j)) * stride + c, vec)
#define FROM_V(i, j) OF_PLACE(v, i, j)
#define FROM_M(i, j) OF_PLACE(m, i, j)
#define FROM_X(i, j) vector_load_any(x[(i)*TILE + (j)], c, half)
#define FROM_DY(i, j) vector_load_any(dy[(i)*OUT + (j)], c, half)
#define FROM_TAP(i, j) vector_load(w + ((i)*3 + (j)) * stride + c)
#define FROM_SUM(i, j) vector_load(u + ((i)*TILE + (j)) * u_stride + c)
#define TO_V(i, j, vec) TO_PLACE(v, i, j, vec)
#define TO_M(i, j, vec) TO_PLACE(m, i, j, vec)
#define TO_U(i, j, vec) vector_store(u + ((i)*TILE + (j)) * u_stride + c, vec)
#define TO_TAP(i, j, vec) vector_store(w + ((i)*3 + (j)) * stride + c, vec)
#define TO_Y(i, j, vec) vector_store_any(y[(i)*OUT + (j)], c, activate((vec) + b, activation), half)
#define ADD_TO_DX(i, j, vec)                                                                       \
    vector_store(dx[(i)*TILE + (j)] + c, vector_load(dx[(i)*TILE + (j)] + c) + (vec))

static inline __attribute__((always_inline)) void
LOOP(input_any)(const void *const *x, bool half, int64_t channels, float *v, int64_t stride) {
    for (int64_t c = 0; c < channels; c += LANES) BOTH_AXES(LINES(input), TILE, TILE, FROM_X, TO_V);
}

static void LOOP(input)(const void *const *x, bool half, int64_t channels, float *v,
                        int64_t stride) {
    if (half) LOOP(input_any)(x, true, channels, v, stride);
    else LOOP(input_any)(x, false, channels, v, stride);
}

static void LOOP(input_back)(const float *v, int64_t stride, int64_t channels, float *const *dx) {
    for (int64_t c = 0; c < channels; c += LANES)
        BOTH_AXES(LINES(input_back), TILE, TILE, FROM_V, ADD_TO_DX);
}

static inline __attribute__((always_inline)) void
LOOP(output_any)(const float *m, int64_t stride, int64_t channels, const float *bias,
                 int activation, void *const *y, bool half) {
    for (int64_t c = 0; c < channels; c += LANES) {
        vector b = bias ? vector_load(bias + c) : (vector){0};
        BOTH_AXES(LINES(output), TILE, OUT, FROM_M, TO_Y);
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
    for (int64_t c = 0; c < channels; c += LANES)
        BOTH_AXES(LINES(output_back), OUT, TILE, FROM_DY, TO_M);
}

static void LOOP(output_back)(const void *const *dy, bool half, int64_t channels, float *m,
                              int64_t stride) {
    if (half) LOOP(output_back_any)(dy, true, channels, m, stride);
    else LOOP(output_back_any)(dy, false, channels, m, stride);
}

static void LOOP(weights)(const float *w, int64_t stride, int64_t n, float *u, int64_t u_stride) {
    for (int64_t c = 0; c < n; c += LANES) BOTH_AXES(LINES(weight), 3, TILE, FROM_TAP, TO_U);
}

static void LOOP(weights_back)(float *u, int64_t slices, int64_t slice, int64_t u_stride, int64_t n,
                               float *w, int64_t stride) {
    for (int place = 0; place < TILE * TILE; place++) /* line by line: memory likes it */
        for (int64_t s = 1; s < slices; s++) {
            float *sum = u + place * u_stride;
            const float *more = sum + s * slice;
            for (int64_t c = 0; c < n; c += LANES)
                vector_store(sum + c, vector_load(sum + c) + vector_load(more + c));
        }
    for (int64_t c = 0; c < n; c += LANES) BOTH_AXES(LINES(weight_back), TILE, 3, FROM_SUM, TO_TAP);
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
#undef OF_PLACE
#undef TO_PLACE
#undef FROM_V
#undef FROM_M
#undef FROM_X
#undef FROM_DY
#undef FROM_TAP
#undef FROM_SUM
#undef TO_V
#undef TO_M
#undef TO_U
#undef TO_TAP
#undef TO_Y
#undef ADD_TO_DX
#undef OUT
