/* Prepared primitives and their run: see primitives.h. */
#include "backend/onednn/primitives.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* oneDNN's OpenMP, which this library may be built without. Absent with a sequential oneDNN. */
extern int omp_get_max_threads(void) __attribute__((weak));
extern void omp_set_num_threads(int threads) __attribute__((weak));

int alone_begin(void) {
    if (!omp_get_max_threads || !omp_set_num_threads) return 1;
    int threads = omp_get_max_threads();
    if (threads != 1) omp_set_num_threads(1);
    return threads;
}

void alone_end(int threads) {
    if (threads != 1) omp_set_num_threads(threads);
}

mica_status fail_dnnl(mica_error *err, dnnl_status_t status, const char *what) {
    return fail(err, status == dnnl_out_of_memory ? MICA_MEMORY : MICA_UNSUPPORTED,
                "oneDNN %d.%d: %s: %s", dnnl_version()->major, dnnl_version()->minor, what,
                dnnl_status_text(status));
}

bool implementation_is_fast(const_dnnl_primitive_desc_t pd, const char **name) {
    const char *text = NULL;
    if (dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &text) || !text) return false;
    *name = text;
    return !strstr(text, "ref");
}

static dnnl_status_t user_scratchpad(dnnl_primitive_attr_t *attr) {
    dnnl_status_t s = dnnl_primitive_attr_create(attr);
    return s ? s : dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
}

mica_status primitives_open(primitives *p, mica_error *err) {
    memset(p, 0, sizeof *p);
    dnnl_status_t s = dnnl_engine_create(&p->engine, dnnl_cpu, 0);
    if (s == dnnl_success) s = user_scratchpad(&p->attr);
    if (s == dnnl_success) s = user_scratchpad(&p->plain_attr);
    return s ? fail_dnnl(err, s, "engine") : MICA_OK;
}

static void step_free(primitive_step *s) {
    if (s->primitive) dnnl_primitive_destroy(s->primitive);
    for (int i = 0; i < s->count; i++) desc_free(s->desc[i]);
    desc_free(s->scratch);
}

void primitives_clear(primitives *p) {
    for (int i = 0; i < p->count; i++) step_free(&p->steps[i]);
    memset(p->steps, 0, sizeof p->steps);
    p->count = 0;
    p->detail[0] = 0;
}

void primitives_close(primitives *p) {
    primitives_clear(p);
    if (p->attr) dnnl_primitive_attr_destroy(p->attr);
    if (p->plain_attr) dnnl_primitive_attr_destroy(p->plain_attr);
    if (p->engine) dnnl_engine_destroy(p->engine);
    memset(p, 0, sizeof *p);
}

static mica_status step_fill(primitive_step *s, dnnl_primitive_desc_t pd, const int *arguments,
                             int count, mica_error *err) {
    for (int i = 0; i < count; i++) {
        s->argument[i] = arguments[i];
        s->desc[i] = desc_of_argument(pd, arguments[i]);
        s->count = i + 1;
        if (!s->desc[i]) return fail_memory(err, sizeof(*s), "a memory descriptor");
    }
    s->scratch = desc_of_argument(pd, DNNL_ARG_SCRATCHPAD);
    if (s->scratch && !desc_bytes(s->scratch)) {
        desc_free(s->scratch);
        s->scratch = NULL;
    }
    s->bytes = desc_bytes(s->desc[count - 1]);
    dnnl_status_t status = dnnl_primitive_create(&s->primitive, pd);
    return status ? fail_dnnl(err, status, "primitive") : MICA_OK;
}

mica_status primitives_add(primitives *p, dnnl_primitive_desc_t pd, const int *arguments, int count,
                           int *number, mica_error *err) {
    mica_status status = MICA_OK;
    if (p->count == MAX_STEPS || count > MAX_ARGUMENTS)
        status = fail(err, MICA_INTERNAL, "oneDNN: more than %d steps", MAX_STEPS);
    else {
        *number = p->count++;
        status = step_fill(&p->steps[*number], pd, arguments, count, err);
    }
    const char *name = NULL;
    if (status == MICA_OK && !p->detail[0] && (implementation_is_fast(pd, &name), name))
        snprintf(p->detail, sizeof p->detail, "%s", name);
    dnnl_primitive_desc_destroy(pd);
    return status;
}

size_t primitives_scratch(const primitives *p, int number) {
    return whole_lines(desc_bytes(p->steps[number].scratch));
}

/* ---- hands ---- */

typedef struct hand_set {
    _Alignas(CACHE_LINE) atomic_flag taken;
    dnnl_stream_t stream;
    dnnl_exec_arg_t arguments[MAX_STEPS][MAX_ARGUMENTS + 1];
} hand_set;

typedef struct hands {
    int count, steps;
    hand_set sets[];
} hands;

static bool set_fill(hand_set *h, const primitives *p) {
    atomic_flag_clear(&h->taken);
    if (dnnl_stream_create(&h->stream, p->engine, dnnl_stream_default_flags)) return false;
    for (int i = 0; i < p->count; i++) {
        const primitive_step *s = &p->steps[i];
        for (int a = 0; a < s->count + (s->scratch != NULL); a++) {
            dnnl_exec_arg_t *to = &h->arguments[i][a];
            to->arg = a < s->count ? s->argument[a] : DNNL_ARG_SCRATCHPAD;
            if (memory_create(&to->memory, a < s->count ? s->desc[a] : s->scratch, p->engine))
                return false;
        }
    }
    return true;
}

void *primitives_bind(const kernel_plan *plan, int threads) {
    const primitives *p = plan->state;
    size_t bytes = sizeof(hands) + (size_t)threads * sizeof(hand_set);
    hands *h = allocate_aligned(bytes);
    if (!h) return NULL;
    memset(h, 0, bytes);
    h->steps = p->count;
    for (int i = 0; i < threads; i++) {
        h->count = i + 1;
        if (!set_fill(&h->sets[i], p)) {
            primitives_unbind(h);
            return NULL;
        }
    }
    return h;
}

void primitives_unbind(void *run_state) {
    hands *h = run_state;
    for (int i = 0; h && i < h->count; i++) {
        hand_set *set = &h->sets[i];
        for (int s = 0; s < h->steps; s++)
            for (int a = 0; a <= MAX_ARGUMENTS; a++)
                if (set->arguments[s][a].memory) dnnl_memory_destroy(set->arguments[s][a].memory);
        if (set->stream) dnnl_stream_destroy(set->stream);
    }
    release_aligned(h);
}

/* bind made as many sets as the team has threads, so one is free. */
static hand_set *take_set(hands *h) {
    for (int i = 0;; i = (i + 1) % h->count)
        if (!atomic_flag_test_and_set_explicit(&h->sets[i].taken, memory_order_acquire))
            return &h->sets[i];
}

void primitives_run(const primitives *p, void *run_state, int number, const void *const *pointers,
                    void *scratch) {
    const primitive_step *s = &p->steps[number];
    hand_set *set = take_set(run_state);
    dnnl_exec_arg_t *arguments = set->arguments[number];
    int threads = alone_begin();
    dnnl_status_t status = dnnl_success;
    for (int i = 0; i < s->count && status == dnnl_success;
         i++) /* oneDNN's handles are not const */
        status = memory_point(arguments[i].memory, (void *)(uintptr_t)pointers[i], set->stream);
    if (status == dnnl_success && s->scratch)
        status = memory_point(arguments[s->count].memory, scratch, set->stream);
    if (status == dnnl_success)
        status = dnnl_primitive_execute(s->primitive, set->stream, s->count + (s->scratch != NULL),
                                        arguments);
    alone_end(threads);
    atomic_flag_clear_explicit(&set->taken, memory_order_release);
    if (status) memset((void *)(uintptr_t)pointers[s->count - 1], 0xff, s->bytes); /* all NaN */
}
