/* Chains of elementwise ops: see program.h.
 *
 * The elements are cut into blocks that fit the first-level cache with all their temporaries. For
 * each block every step runs its loop (blocks.h). A full operand is read and an output written
 * where it lies; a broadcast one is first repeated into a buffer: once for all blocks where it is a
 * scalar or a row that divides the block, once for all blocks that see the same where it is a
 * number or a short row of each image. */
#include "backend/cpu/program.h"

#include "backend/cpu/blocks.h"
#include "backend/cpu/broadcast.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_BLOCK 1024
#define STORE_BYTES 57344 /* of all buffers of a block, on the stack */
#define VALUES (FUSED_INPUTS + FUSED_STEPS)
#define NO_BUFFER (-1)

typedef struct program_step {
    block_function *run;
    int inputs;
    int16_t from[FUSED_OPERANDS];
    int16_t output; /* which one it makes, or -1 */
    int64_t attrs[2];
} program_step;

typedef struct program {
    int inputs, outputs, steps, constants;
    int64_t total, row, block, blocks, grain;
    size_t slot; /* bytes of a buffer */
    int buffer[VALUES];
    int16_t output[FUSED_OUTPUTS]; /* numbers of values */
    size_t output_size[FUSED_OUTPUTS];
    uint32_t read_later[FUSED_OUTPUTS]; /* inputs that a step after the output's own reads */
    broadcast input[FUSED_INPUTS];
    program_step step[FUSED_STEPS];
    _Alignas(64) unsigned char constant[]; /* each repeated to a block */
} program;

void program_steps(const kernel_spec *s, fused_attrs *out) {
    if (s->op == &op_fused) {
        *out = *(const fused_attrs *)s->attrs;
        return;
    }
    *out = (fused_attrs){.steps = 1, .outputs = 1, .output = {(int16_t)s->inputs}};
    out->step[0] = (fused_step){.op = fused_op_number(s->op), .from = {0, 1, 2}};
    if (s->attrs) memcpy(out->step[0].attrs, s->attrs, s->op->attrs_size);
}

/* The loop of every step; false where one has none. */
static bool find_loops(const fused_attrs *a, int inputs, const mica_dtype *dtypes,
                       block_function **loops, int *cost) {
    isa set = isa_best();
    *cost = 0;
    for (int i = 0; i < a->steps; i++) {
        const fused_step *s = &a->step[i];
        const op *o = all_ops[s->op];
        mica_dtype in[FUSED_OPERANDS];
        int own = 1;
        for (int k = 0; k < o->inputs; k++)
            in[k] = s->from[k] >= 0 ? dtypes[s->from[k]]
                                    : (mica_dtype)a->constant_dtype[-1 - s->from[k]];
        loops[i] = block_for(set, o, s->attrs, o->inputs, in, dtypes[inputs + i], &own);
        if (!loops[i]) return false;
        *cost += own;
    }
    return true;
}

bool program_supports(const kernel_spec *s) {
    if (s->op != &op_fused && !fused_allows(s->op)) return false;
    if (s->op != &op_fused && s->outputs != 1) return false;
    fused_attrs a;
    mica_dtype dtypes[VALUES];
    block_function *loops[FUSED_STEPS];
    int cost;
    program_steps(s, &a);
    if (s->op == &op_fused) fused_dtypes(&a, s->inputs, s->in, dtypes);
    else {
        for (int i = 0; i < s->inputs; i++) dtypes[i] = s->in[i].dtype;
        dtypes[s->inputs] = s->out[0].dtype;
    }
    return find_loops(&a, s->inputs, dtypes, loops, &cost);
}

static void plan_blocks(program *p, int buffers, int cost) {
    int64_t longest = STORE_BYTES / (int64_t)(p->slot * (size_t)(buffers ? buffers : 1)) & ~15;
    if (longest > LONGEST_BLOCK) longest = LONGEST_BLOCK;
    p->row = 0;
    for (int i = 0; i < p->inputs; i++) {
        const broadcast *in = &p->input[i];
        int64_t row = in->period ? in->period : in->unit;
        if (row > p->row) p->row = row; /* a product of the last dims: shorter ones divide it */
    }
    if (p->row == 0) p->row = p->total;
    p->block = longest;
    if (p->row <= longest) {
        p->block = longest / p->row * p->row;
        p->blocks = (p->total + p->block - 1) / p->block;
        for (int i = 0; i < p->inputs; i++)
            p->input[i].repeats = p->input[i].repeats || p->input[i].period > 0;
    } else {
        p->blocks = p->total / p->row * ((p->row + longest - 1) / longest);
    }
    if (p->block > p->total) p->block = p->total;
    p->slot *= (size_t)longest;
    p->grain = 65536 / (1 + cost / 4) / p->block;
}

/* Buffers of broadcast inputs and outputs stay; those of temporaries are used again after the last
 * step that reads them. Returns how many there are. */
static int plan_buffers(program *p) {
    int count = 0, last[VALUES], free_list[VALUES], free_count = 0;
    for (int i = 0; i < p->inputs; i++) p->buffer[i] = p->input[i].full ? NO_BUFFER : count++;
    for (int i = 0; i < p->inputs + p->steps; i++) last[i] = -1;
    for (int i = 0; i < p->steps; i++)
        for (int k = 0; k < p->step[i].inputs; k++)
            if (p->step[i].from[k] >= 0) last[p->step[i].from[k]] = i;
    for (int k = 0; k < p->outputs; k++) last[p->output[k]] = p->steps; /* to the end */
    for (int i = 0; i < p->steps; i++) {
        p->buffer[p->inputs + i] = free_count > 0 ? free_list[--free_count] : count++;
        for (int v = p->inputs; v < p->inputs + i; v++)
            if (last[v] == i) free_list[free_count++] = p->buffer[v];
        if (last[p->inputs + i] < 0) free_list[free_count++] = p->buffer[p->inputs + i];
    }
    return count;
}

static void plan_outputs(program *p) {
    for (int k = 0; k < p->outputs; k++) {
        int made_by = p->output[k] - p->inputs;
        if (p->step[made_by].output < 0) p->step[made_by].output = (int16_t)k;
        for (int i = made_by + 1; i < p->steps; i++)
            for (int j = 0; j < p->step[i].inputs; j++)
                if (p->step[i].from[j] >= 0 && p->step[i].from[j] < p->inputs)
                    p->read_later[k] |= 1u << p->step[i].from[j];
    }
}

static void plan_constants(program *p, const fused_attrs *a) {
    for (int i = 0; i < p->constants; i++) {
        size_t size = mica_dtype_size((mica_dtype)a->constant_dtype[i]);
        broadcast_fill(p->constant + (size_t)i * LONGEST_BLOCK * 8, a->constant[i], size,
                       LONGEST_BLOCK);
    }
}

mica_status program_prepare(const kernel_spec *s, kernel_plan *plan, mica_error *err) {
    fused_attrs a;
    mica_dtype dtypes[VALUES];
    block_function *loops[FUSED_STEPS];
    int cost;
    program_steps(s, &a);
    size_t bytes = sizeof(program) + (size_t)a.constants * LONGEST_BLOCK * 8;
    program *p = allocate_aligned(bytes);
    if (!p) return fail_memory(err, bytes, s->op->name);
    memset(p, 0, bytes);
    p->inputs = s->inputs, p->outputs = s->outputs, p->steps = a.steps, p->constants = a.constants;
    p->total = shape_size(&s->out[0].shape);
    if (s->op == &op_fused) fused_dtypes(&a, s->inputs, s->in, dtypes);
    for (int i = 0; i < s->inputs; i++) dtypes[i] = s->in[i].dtype;
    if (s->op != &op_fused) dtypes[s->inputs] = s->out[0].dtype;
    find_loops(&a, s->inputs, dtypes, loops, &cost);
    for (int i = 0; i < s->inputs; i++) {
        p->input[i].size = mica_dtype_size(dtypes[i]);
        broadcast_plan(&p->input[i], &s->in[i].shape, &s->out[0].shape);
    }
    for (int i = 0; i < a.steps; i++) {
        p->step[i] = (program_step){
            .run = loops[i], .inputs = all_ops[a.step[i].op]->inputs, .output = -1};
        memcpy(p->step[i].from, a.step[i].from, sizeof a.step[i].from);
        memcpy(p->step[i].attrs, a.step[i].attrs, sizeof a.step[i].attrs);
    }
    for (int i = 0; i < a.outputs; i++) p->output[i] = a.output[i];
    for (int i = 0; i < a.outputs; i++) p->output_size[i] = mica_dtype_size(dtypes[a.output[i]]);
    for (int i = 0; i < s->inputs + a.steps; i++)
        if (mica_dtype_size(dtypes[i]) > p->slot) p->slot = mica_dtype_size(dtypes[i]);
    plan_outputs(p);
    plan_constants(p, &a);
    if (p->total > 0) plan_blocks(p, plan_buffers(p), cost);
    plan->state = p;
    plan->detail = isa_name(isa_best());
    return MICA_OK;
}

void program_release(void *state) { release_aligned(state); }

/* ---- running ---- */

typedef struct program_call {
    const program *program;
    const kernel_call *call;
    bool direct[FUSED_OUTPUTS]; /* written where it lies, not through a buffer */
} program_call;

/* Where the values of a block are: inputs first. */
static void place_inputs(const program *p, const kernel_call *c, int64_t begin, int64_t n,
                         unsigned char *store, broadcast_held *held, const void **at) {
    for (int i = 0; i < p->inputs; i++) {
        const broadcast *in = &p->input[i];
        if (in->repeats) continue;
        int64_t phase = in->period ? begin % in->period : 0;
        if (in->full) {
            at[i] = (const char *)c->in[i] + (size_t)begin * in->size;
        } else if (in->period && phase + n <= in->period) {
            at[i] = (const char *)c->in[i] + (size_t)phase * in->size;
        } else {
            unsigned char *buffer = store + (size_t)p->buffer[i] * p->slot;
            broadcast_put(in, c->in[i], begin, n, &held[i], buffer);
            at[i] = buffer;
        }
    }
}

static void run_block(const program_call *r, int64_t begin, int64_t n, unsigned char *store,
                      const void **at) {
    const program *p = r->program;
    for (int i = 0; i < p->steps; i++) {
        const program_step *s = &p->step[i];
        const void *in[FUSED_OPERANDS];
        void *out = store + (size_t)p->buffer[p->inputs + i] * p->slot;
        if (s->output >= 0 && r->direct[s->output])
            out = (char *)r->call->out[s->output] + (size_t)begin * p->output_size[s->output];
        for (int k = 0; k < s->inputs; k++)
            in[k] = s->from[k] >= 0 ? at[s->from[k]]
                                    : p->constant + (size_t)(-1 - s->from[k]) * LONGEST_BLOCK * 8;
        s->run(n, in, out, s->attrs);
        at[p->inputs + i] = out;
    }
    for (int k = 0; k < p->outputs; k++)
        if (!r->direct[k])
            memcpy((char *)r->call->out[k] + (size_t)begin * p->output_size[k], at[p->output[k]],
                   (size_t)n * p->output_size[k]);
}

static void run_blocks(void *arg, int64_t first, int64_t end) {
    const program_call *r = arg;
    const program *p = r->program;
    _Alignas(64) unsigned char store[STORE_BYTES];
    const void *at[VALUES];
    broadcast_held held[FUSED_INPUTS] = {{0}};
    int64_t in_row = (p->row + p->block - 1) / p->block;
    bool short_rows = p->row <= p->block;
    for (int i = 0; i < p->inputs; i++) {
        if (!p->input[i].repeats) continue;
        at[i] = store + (size_t)p->buffer[i] * p->slot;
        broadcast_put(&p->input[i], r->call->in[i], 0, p->block, &held[i],
                      store + (size_t)p->buffer[i] * p->slot);
    }
    for (int64_t b = first; b < end; b++) {
        int64_t begin = short_rows ? b * p->block : b / in_row * p->row + b % in_row * p->block;
        int64_t limit = short_rows ? p->total : (b / in_row + 1) * p->row;
        int64_t n = limit - begin < p->block ? limit - begin : p->block;
        place_inputs(p, r->call, begin, n, store, held, at);
        run_block(r, begin, n, store, at);
    }
}

void program_run(const kernel_call *c) {
    const program *p = c->state;
    if (p->total == 0) return;
    program_call r = {.program = p, .call = c};
    for (int k = 0; k < p->outputs; k++) {
        r.direct[k] = p->step[p->output[k] - p->inputs].output == k;
        for (int i = 0; i < p->inputs; i++)
            if (p->read_later[k] >> i & 1 && c->in[i] == c->out[k]) r.direct[k] = false;
    }
    parallel_for(c->team, p->blocks, p->grain, run_blocks, &r);
}
