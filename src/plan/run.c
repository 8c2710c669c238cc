/* Running a plan: all pointers are prepared when the run is made; a call only sets those of the
 * caller's inputs and outputs and of variables, then calls the kernels in order. */
#include "plan/control.h"
#include "plan/pace.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* A pointer that changes from call to call. */
typedef struct patch {
    void **pointer;
    home_kind home;
    int number;
    size_t offset;
} patch;

struct plan_run {
    const plan *plan;
    team *team;
    char *memory; /* arena */
    void *scratch;
    bool own_memory, own_scratch;
    kernel_call *calls;
    void **run_states;
    void **pointers; /* of all calls, in order */
    patch *patches;
    size_t patch_count;
    pace pace;
};

static size_t pointer_count(const plan *p) {
    size_t n = 0;
    for (size_t i = 0; i < p->step_count; i++)
        n += (size_t)(p->steps[i].inputs + p->steps[i].outputs);
    return n;
}

/* Where bytes are; the caller's pointers may be NULL for a home that is not theirs. */
static void *address(const plan_run *r, home_kind home, int number, const void *const *inputs,
                     void *const *outputs) {
    const plan *p = r->plan;
    switch (home) {
    case HOME_INPUT: return (void *)inputs[number];
    case HOME_OUTPUT: return outputs[number];
    case HOME_VARIABLE: return tensor_bytes(p->variables[number]);
    case HOME_CONSTANT: return tensor_bytes(p->constants[number]);
    case HOME_PACKED: return p->packs[number].bytes->data;
    default: return NULL;
    }
}

static void *address_at(const plan_run *r, at where, const void *const *inputs,
                        void *const *outputs) {
    const place *w = &r->plan->places[where.place];
    char *base = w->home == HOME_ARENA ? r->memory + w->offset
                                       : address(r, w->home, w->number, inputs, outputs);
    return base + where.offset;
}

/* The pointer of a place, or a patch that will set it at every call. */
static void set_pointer(plan_run *r, at where, void **pointer) {
    if (where.place < 0) return;
    const place *w = &r->plan->places[where.place];
    bool moves = w->home == HOME_INPUT || w->home == HOME_OUTPUT || w->home == HOME_VARIABLE;
    if (moves) r->patches[r->patch_count++] = (patch){pointer, w->home, w->number, where.offset};
    else *pointer = address_at(r, where, NULL, NULL);
}

static bool has_bodies(const step *s) { return s->op && s->op->bodies; }

static mica_status bind_steps(plan_run *r, mica_error *err) {
    const plan *p = r->plan;
    void **next = r->pointers;
    for (size_t i = 0; i < p->step_count; i++) {
        const step *s = &p->steps[i];
        void **in = next, **out = next + s->inputs;
        next += s->inputs + s->outputs;
        for (int k = 0; k < s->inputs; k++) set_pointer(r, s->in_at[k], &in[k]);
        for (int k = 0; k < s->outputs; k++) set_pointer(r, s->out_at[k], &out[k]);
        if (s->kernel && s->kernel->bind &&
            !(r->run_states[i] = s->kernel->bind(&s->plan, team_threads(r->team))))
            return fail_no_memory(err, s->kernel->name);
        if (has_bodies(s) &&
            !(r->run_states[i] = control_bind(s, r->team, address_at(r, s->work, NULL, NULL), err)))
            return MICA_MEMORY;
        r->calls[i] = (kernel_call){.op = s->op,
                                    .attrs = s->attrs,
                                    .inputs = s->inputs,
                                    .outputs = s->outputs,
                                    .in_info = s->in,
                                    .out_info = s->out,
                                    .in = (const void *const *)in,
                                    .out = out,
                                    .state = s->plan.state,
                                    .run_state = r->run_states[i],
                                    .scratch = r->scratch,
                                    .team = r->team};
    }
    return MICA_OK;
}

mica_status plan_run_new(const plan *p, team *t, void *arena, plan_run **out, mica_error *err) {
    return plan_run_within(p, t, arena, NULL, out, err);
}

mica_status plan_run_within(const plan *p, team *t, void *arena, void *scratch, plan_run **out,
                            mica_error *err) {
    plan_run *r = allocate(1, sizeof *r);
    if (!r) return fail_memory(err, sizeof *r, "a run");
    *r = (plan_run){.plan = p,
                    .team = t,
                    .memory = arena,
                    .scratch = scratch,
                    .own_memory = !arena,
                    .own_scratch = !scratch};
    if (!arena) r->memory = allocate_aligned(p->arena_bytes);
    if (!scratch) r->scratch = allocate_aligned(p->scratch_bytes);
    r->calls = allocate(p->step_count, sizeof *r->calls);
    r->run_states = allocate(p->step_count, sizeof *r->run_states);
    r->pointers = allocate(pointer_count(p), sizeof *r->pointers);
    r->patches = allocate(pointer_count(p), sizeof *r->patches);
    mica_status status = MICA_OK;
    if (!r->memory || !r->scratch || !r->calls || !r->run_states || !r->pointers || !r->patches)
        status = fail_memory(err, p->arena_bytes + p->scratch_bytes, "a run");
    if (status == MICA_OK) status = bind_steps(r, err);
    if (status == MICA_OK) *out = r;
    else plan_run_free(r);
    return status;
}

static void unbind(const step *s, void *run_state) {
    if (has_bodies(s)) control_unbind(run_state);
    else s->kernel->unbind(run_state);
}

void plan_run_free(plan_run *r) {
    if (!r) return;
    for (size_t i = 0; r->run_states && i < r->plan->step_count; i++)
        if (r->run_states[i]) unbind(&r->plan->steps[i], r->run_states[i]);
    if (r->own_memory) release_aligned(r->memory);
    if (r->own_scratch) release_aligned(r->scratch);
    free(r->calls), free(r->run_states), free(r->pointers), free(r->patches);
    free(r);
}

/* ---- packed weights ---- */

static void lock(int *l) {
    while (__atomic_exchange_n(l, 1, __ATOMIC_ACQUIRE)) sched_yield();
}

static mica_status refresh_pack(plan *p, packed *k, team *t, mica_error *err) {
    const mica_tensor *from = k->variable >= 0 ? p->variables[k->variable]
                                               : p->constants[-1 - k->variable];
    uint64_t version = 1 + (k->variable >= 0 ? from->variable->version : 0);
    if (__atomic_load_n(&k->version, __ATOMIC_ACQUIRE) == version) return MICA_OK;
    lock(&p->lock);
    mica_status status = MICA_OK;
    if (k->version != version)
        status = k->backend->reorder(&k->what, NULL, tensor_bytes(from), &k->layout, k->bytes->data,
                                     t, err);
    if (status == MICA_OK) __atomic_store_n(&k->version, version, __ATOMIC_RELEASE);
    __atomic_store_n(&p->lock, 0, __ATOMIC_RELEASE);
    return status;
}

/* ---- a call ---- */

static mica_status prepare_call(plan_run *r, const void *const *inputs, void *const *outputs,
                                mica_error *err) {
    const plan *p = r->plan;
    for (size_t i = 0; i < p->updated_count; i++)
        TRY(variable_own(p->variables[p->updated[i]], err));
    for (size_t i = 0; i < p->pack_count; i++)
        TRY(refresh_pack((plan *)p, (packed *)&p->packs[i], r->team, err));
    for (size_t i = 0; i < r->patch_count; i++) {
        const patch *k = &r->patches[i];
        *k->pointer = (char *)address(r, k->home, k->number, inputs, outputs) + k->offset;
    }
    if (p->poison) memset(r->memory, 0xff, p->arena_bytes);
    return MICA_OK;
}

static mica_status reorder(const step *s, const kernel_call *c, mica_error *err) {
    if (!s->from.bytes && !s->to.bytes) {
        size_t bytes = (size_t)shape_size(&s->in->shape) * mica_dtype_size(s->in->dtype);
        memcpy(c->out[0], c->in[0], bytes);
        return MICA_OK;
    }
    return s->backend->reorder(s->in, s->from.bytes ? &s->from : NULL, c->in[0],
                               s->to.bytes ? &s->to : NULL, c->out[0], c->team, err);
}

/* Outputs that lie elsewhere (a variable, an input, another output), then the updates that could
 * not be written in place. */
static void copy_results(plan_run *r, const void *const *inputs, void *const *outputs) {
    const plan *p = r->plan;
    for (size_t i = 0; i < p->output_count; i++) {
        const place *w = &p->places[p->output_at[i].place];
        if (w->home == HOME_OUTPUT && w->number == (int)i) continue;
        size_t bytes = (size_t)shape_size(&p->outputs[i].shape) *
                       mica_dtype_size(p->outputs[i].dtype);
        memcpy(outputs[i], address_at(r, p->output_at[i], inputs, outputs), bytes);
    }
    for (size_t i = 0; i < p->copy_count; i++)
        memmove(tensor_bytes(p->variables[p->copies[i].variable]),
                address_at(r, p->copies[i].from, inputs, outputs), p->copies[i].bytes);
}

static mica_status run_steps(plan_run *r, mica_error *err) {
    const plan *p = r->plan;
    for (size_t i = 0; i < p->step_count; i++) {
        const step *s = &p->steps[i];
        if (s->kernel) {
            s->kernel->run(&r->calls[i]);
            if (s->op->refuse) TRY(s->op->refuse(&r->calls[i], err));
        } else if (has_bodies(s)) TRY(control_execute(s, &r->calls[i], err));
        else TRY(reorder(s, &r->calls[i], err));
    }
    return MICA_OK;
}

mica_status plan_execute(plan_run *r, const void *const *inputs, void *const *outputs,
                         mica_error *err) {
    const plan *p = r->plan;
    TRY(prepare_call(r, inputs, outputs, err));
    pace_begin(&r->pace, r->team);
    mica_status status = run_steps(r, err);
    pace_end(&r->pace, r->team);
    if (status != MICA_OK) return status;
    copy_results(r, inputs, outputs);
    for (size_t i = 0; i < p->updated_count; i++) p->variables[p->updated[i]]->variable->version++;
    return MICA_OK;
}
