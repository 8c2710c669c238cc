/* Prepared kernels: see prepared.h. */
#include "backend/prepared.h"

#include "backend/choose.h"

#include <stdlib.h>
#include <string.h>

/* The bytes that tell one kind of call from another. */
static size_t write_key(const kernel_spec *s, unsigned char *out, size_t limit) {
    size_t n = s->op->attrs_size;
    size_t operand_bytes = sizeof(int64_t) * MAX_RANK + 2;
    if (n + operand_bytes * (size_t)(s->inputs + s->outputs) + sizeof s->op > limit) return 0;
    memcpy(out, &s->op, sizeof s->op);
    if (n) memcpy(out + sizeof s->op, s->attrs, n);
    n += sizeof s->op;
    for (int i = 0; i < s->inputs + s->outputs; i++) {
        const operand *o = i < s->inputs ? &s->in[i] : &s->out[i - s->inputs];
        out[n++] = (unsigned char)o->dtype;
        out[n++] = (unsigned char)o->shape.rank;
        memcpy(out + n, o->shape.dims, sizeof(int64_t) * (size_t)o->shape.rank);
        n += sizeof(int64_t) * (size_t)o->shape.rank;
    }
    return n;
}

static uint64_t hash_bytes(const unsigned char *bytes, size_t n) {
    uint64_t hash = 0x9E3779B97F4A7C15u;
    for (; n >= 8; n -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
    }
    for (; n; n--, bytes++) hash = (hash ^ *bytes) * 0x100000001B3u;
    return hash ^ hash >> 29;
}

static void prepared_free(prepared *p) {
    if (p->kernel && p->kernel->unbind && p->run_state) p->kernel->unbind(p->run_state);
    if (p->kernel && p->kernel->release && p->plan.state) p->kernel->release(p->plan.state);
    free(p->key);
    free(p);
}

void cache_free(kernel_cache *c) {
    for (int i = 0; i < CACHE_BUCKETS; i++) {
        while (c->bucket[i]) {
            prepared *next = c->bucket[i]->next;
            prepared_free(c->bucket[i]);
            c->bucket[i] = next;
        }
    }
    c->count = 0;
    release_aligned(c->scratch);
    c->scratch = NULL;
    c->scratch_bytes = 0;
}

void *cache_scratch(kernel_cache *c, size_t bytes) {
    if (bytes <= c->scratch_bytes) return c->scratch;
    void *block = allocate_aligned(bytes);
    if (!block) return NULL;
    release_aligned(c->scratch);
    c->scratch_bytes = bytes;
    return c->scratch = block;
}

mica_status prepared_run(kernel_cache *c, const prepared *p, const kernel_spec *s,
                         const void *const *in, void *const *out, team *t, mica_error *err) {
    void *scratch = p->plan.scratch_bytes ? cache_scratch(c, p->plan.scratch_bytes) : NULL;
    if (p->plan.scratch_bytes && !scratch)
        return fail_memory(err, p->plan.scratch_bytes, s->op->name);
    kernel_call call = {.op = s->op,
                        .attrs = s->attrs,
                        .inputs = s->inputs,
                        .outputs = s->outputs,
                        .in_info = s->in,
                        .out_info = s->out,
                        .in = in,
                        .out = out,
                        .state = p->plan.state,
                        .run_state = p->run_state,
                        .scratch = scratch,
                        .team = t};
    p->kernel->run(&call);
    return s->op->refuse ? s->op->refuse(&call, err) : MICA_OK;
}

static mica_status prepare(const kernel *k, const kernel_spec *s, prepared *p, mica_error *err) {
    p->kernel = p->plan.kernel = k;
    if (k->prepare) {
        layout *layouts = allocate(MAX_INPUTS + MAX_OUTPUTS, sizeof *layouts);
        if (!layouts) return fail_memory(err, sizeof *layouts, s->op->name);
        p->plan.in_layout = layouts;
        p->plan.out_layout = layouts + MAX_INPUTS;
        mica_status status = k->prepare(s, &p->plan, err);
        free(layouts);
        p->plan.in_layout = p->plan.out_layout = NULL;
        TRY(status);
    }
    if (k->bind && !(p->run_state = k->bind(&p->plan, s->threads)))
        return fail_no_memory(err, k->name);
    return MICA_OK;
}

/* The best kernel that can be prepared; else the op's rule, if it is composite. */
static mica_status choose(const backend *const *from, const kernel_spec *s, prepared *p,
                          mica_error *err) {
    for (const kernel *k = NULL; (k = kernel_choose(from, s, k));) {
        if (prepare(k, s, p, err) == MICA_OK) return MICA_OK;
        if (p->plan.state && k->release) k->release(p->plan.state);
        memset(&p->plan, 0, sizeof p->plan);
        p->kernel = NULL;
    }
    if (s->op->compose) return MICA_OK;
    return fail(err, MICA_UNSUPPORTED, "%s: no backend computes it for %s", s->op->name,
                mica_dtype_name(s->inputs ? s->in[0].dtype : s->out[0].dtype));
}

static prepared *insert(kernel_cache *c, const backend *const *from, const kernel_spec *s,
                        const unsigned char *key, size_t bytes, uint64_t hash, mica_error *err) {
    if (c->count >= CACHE_LIMIT) cache_free(c); /* bounded: start over */
    prepared *p = allocate(1, sizeof *p);
    if (!p || !(p->key = malloc(bytes))) {
        free(p);
        fail_memory(err, bytes, s->op->name);
        return NULL;
    }
    memcpy(p->key, key, bytes);
    p->key_bytes = bytes;
    p->op = s->op;
    p->hash = hash;
    if (choose(from, s, p, err) != MICA_OK) {
        prepared_free(p);
        return NULL;
    }
    p->widen = p->kernel && kernel_speed(from, s) == FAST_IN_FLOAT32;
    p->next = c->bucket[hash % CACHE_BUCKETS];
    c->bucket[hash % CACHE_BUCKETS] = p;
    c->count++;
    return p;
}

prepared *cache_find(kernel_cache *c, const backend *const *from, const kernel_spec *s,
                     mica_error *err) {
    unsigned char key[8192];
    size_t bytes = write_key(s, key, sizeof key);
    if (!bytes) {
        fail(err, MICA_UNSUPPORTED, "%s: too many operands", s->op->name);
        return NULL;
    }
    uint64_t hash = hash_bytes(key, bytes);
    for (prepared *p = c->bucket[hash % CACHE_BUCKETS]; p; p = p->next)
        if (p->hash == hash && p->key_bytes == bytes && !memcmp(p->key, key, bytes)) return p;
    return insert(c, from, s, key, bytes, hash, err);
}
