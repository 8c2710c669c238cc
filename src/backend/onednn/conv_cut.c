/* Cutting a convolution into pieces: see conv_cut.h. */
#include "backend/onednn/conv_cut.h"

/* Adds the primitive for `batch` images, of another extent where only rows of them are meant. */
static mica_status add_step(conv_job *j, int64_t batch, const int64_t in[3], const int64_t out[3],
                            const conv_geometry *geometry, int *step) {
    primitives *p = &j->state->primitives;
    const window *g = j->g;
    dnnl_data_type_t type = j->state->type;
    desc x = desc_x(g, type, batch, in), y = desc_y(g, type, batch, out);
    desc w = j->weights ? j->weights : desc_weights(g, type, true);
    desc bias = j->bias ? desc_vector(type, g->filters) : NULL;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t s = dnnl_out_of_memory;
    if (x && y && w && (bias || !j->bias))
        s = j->backward ? pd_conv_backward_data(&pd, p->engine, x, w, y, geometry, p->attr)
                        : pd_conv(&pd, p->engine, j->inference, x, w, bias, y, geometry, p->attr);
    desc_free(x);
    desc_free(y);
    desc_free(bias);
    if (!j->weights) desc_free(w);
    if (s) return fail_dnnl(j->err, s, "convolution");
    const char *name = "";
    if (!implementation_is_fast(pd, &name)) {
        dnnl_primitive_desc_destroy(pd);
        return fail(j->err, MICA_UNSUPPORTED, "oneDNN: convolution has only %s", name);
    }
    if (!j->weights && !(j->weights = desc_of_argument(pd, DNNL_ARG_WEIGHTS))) {
        dnnl_primitive_desc_destroy(pd);
        return fail_memory(j->err, sizeof(desc), "a memory descriptor");
    }
    const int backward[] = {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC};
    const int plain[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
    const int biased[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
    const int *arguments = j->backward ? backward : j->bias ? biased : plain;
    return primitives_add(p, pd, arguments, j->bias ? 4 : 3, step, j->err);
}

static void add_piece(conv_job *j, int step, int64_t in, int64_t out) {
    conv_state *s = j->state;
    s->pieces[s->count++] = (piece){step, in, out};
    size_t bytes = primitives_scratch(&s->primitives, step);
    if (bytes > s->piece_bytes) s->piece_bytes = bytes;
}

/* Pieces of whole images; the last one may hold fewer. */
static mica_status cut_batch(conv_job *j, int64_t pieces) {
    const window *g = j->g;
    conv_geometry geometry = conv_geometry_of(g);
    int64_t x = space_of(g->in) * g->channels, y = space_of(g->out) * g->filters;
    int64_t images = images_of_piece(g->batch, pieces), rest = g->batch % images, b = 0;
    int step;
    TRY(add_step(j, images, g->in, g->out, &geometry, &step));
    for (; b + images <= g->batch; b += images)
        add_piece(j, step, b * (j->backward ? y : x), b * (j->backward ? x : y));
    if (!rest) return MICA_OK;
    TRY(add_step(j, rest, g->in, g->out, &geometry, &step));
    add_piece(j, step, b * (j->backward ? y : x), b * (j->backward ? x : y));
    return MICA_OK;
}

/* The rows of x that rows begin … end of y read, and the padding that they meet. */
typedef struct read_rows {
    int64_t first, last, out, before, after;
} read_rows;

static read_rows rows_read(const window *g, int64_t begin, int64_t end) {
    int64_t first = begin * g->strides[1] - g->before[1];
    int64_t last = (end - 1) * g->strides[1] - g->before[1] + (g->kernel[1] - 1) * g->dilations[1] +
                   1;
    read_rows r = {.first = first, .last = last, .out = end - begin};
    if (first < 0) r.before = -first, r.first = 0;
    if (last > g->in[1]) r.after = last - g->in[1], r.last = g->in[1];
    return r;
}

/* One image of two axes, channels last: pieces of rows, so that several threads answer one request.
 */
static mica_status cut_rows(conv_job *j, int64_t pieces) {
    const window *g = j->g;
    read_rows done[MAX_PIECES];
    int step[MAX_PIECES], kinds = 0;
    int64_t height = (g->out[1] + pieces - 1) / pieces;
    for (int64_t begin = 0; begin < g->out[1]; begin += height) {
        int64_t end = begin + height < g->out[1] ? begin + height : g->out[1];
        read_rows r = rows_read(g, begin, end);
        int k = 0;
        while (k < kinds &&
               !(done[k].out == r.out && done[k].before == r.before && done[k].after == r.after))
            k++;
        if (k == kinds) {
            conv_geometry geometry = conv_geometry_of(g);
            geometry.before[0] = r.before;
            geometry.after[0] = r.after;
            const int64_t in[3] = {1, r.last - r.first, g->in[2]}, out[3] = {1, r.out, g->out[2]};
            TRY(add_step(j, 1, in, out, &geometry, &step[k]));
            done[kinds++] = r;
        }
        add_piece(j, step[k], r.first * g->in[2] * g->channels, begin * g->out[2] * g->filters);
    }
    return MICA_OK;
}

/* Rows can be cut where every piece reads at least a row of the image. */
static bool rows_can_be_cut(const conv_job *j, int64_t pieces) {
    const window *g = j->g;
    if (j->backward || g->channels_first || g->axes != 2 || pieces < 2) return false;
    int64_t height = (g->out[1] + pieces - 1) / pieces;
    for (int64_t begin = 0; begin < g->out[1]; begin += height) {
        read_rows r = rows_read(g, begin, begin + height < g->out[1] ? begin + height : g->out[1]);
        if (r.last <= r.first) return false;
    }
    return true;
}

/* Pieces that were not to be: the next try begins anew, its weights too. */
static void forget(conv_job *j) {
    primitives_clear(&j->state->primitives);
    desc_free(j->weights);
    j->weights = NULL;
    j->state->count = 0;
    j->state->piece_bytes = 0;
}

mica_status conv_cut(conv_job *j) {
    const window *g = j->g;
    bool rows = g->batch == 1;
    int64_t pieces = rows ? pieces_for(conv_work(g), 8e5, g->out[1] < 8 ? g->out[1] : 8)
                          : pieces_for(conv_work(g), 8e6, g->batch);
    for (;; pieces /= 2) {
        if (rows && !rows_can_be_cut(j, pieces)) pieces = 1;
        mica_status status = rows && pieces > 1 ? cut_rows(j, pieces) : cut_batch(j, pieces);
        if (status != MICA_UNSUPPORTED || pieces == 1) return status;
        forget(j);
    }
}
