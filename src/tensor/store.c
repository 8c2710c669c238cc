/* Handles, scopes and the store of a context: see store.h. */
#include "tensor/store.h"

#include <stdlib.h>
#include <string.h>

static void store_destroy(void *data) {
    tensor_store *store = data;
    while (store->innermost != &store->root) {
        mica_scope *scope = store->innermost;
        mica_scope_close(&scope);
    }
    scope_clear(&store->root);
    scope_clear(&store->variables);
    for (mica_tensor *t = store->free_handles, *next; t; t = next) {
        next = t->next;
        free(t);
    }
    store_free_blocks(store);
    free(store);
}

tensor_store *store_of(mica_context *ctx) {
    context_entry *slot = &ctx->slots[SLOT_TENSORS];
    if (slot->data) return slot->data;
    tensor_store *store = allocate(1, sizeof *store);
    if (!store) return NULL;
    store->ctx = store->root.ctx = store->variables.ctx = store->poison.ctx = ctx;
    store->poison.kind = TENSOR_POISON;
    store->innermost = &store->root;
    *slot = (context_entry){store, store_destroy};
    return store;
}

mica_tensor *tensor_poison(mica_context *ctx) { return ctx ? &store_of(ctx)->poison : NULL; }

void scope_link(mica_scope *scope, mica_tensor *t) {
    t->scope = scope;
    t->previous = NULL;
    t->next = scope->first;
    if (scope->first) scope->first->previous = t;
    scope->first = t;
}

void scope_unlink(mica_tensor *t) {
    if (t->previous) t->previous->next = t->next;
    else t->scope->first = t->next;
    if (t->next) t->next->previous = t->previous;
    t->scope = NULL;
}

mica_tensor *store_handle(tensor_store *store, mica_scope *owner) {
    mica_tensor *t = store->free_handles;
    if (t) store->free_handles = t->next;
    else if (!(t = malloc(sizeof *t))) return NULL;
    memset(t, 0, sizeof *t);
    t->ctx = store->ctx;
    t->id = ++store->ctx->tensors;
    scope_link(owner, t);
    return t;
}

static void handle_free(mica_tensor *gone) {
    tensor_store *store = store_of(gone->ctx);
    if (gone->scope) scope_unlink(gone);
    buffer_drop(gone->buffer);
    if (gone->variable) {
        free(gone->variable->name);
        free(gone->variable);
    }
    gone->next = store->free_handles;
    store->free_handles = gone;
}

void mica_tensor_destroy(mica_tensor **t) {
    mica_tensor *gone = t ? *t : NULL;
    if (t) *t = NULL;
    if (!gone || gone->kind == TENSOR_POISON) return;
    if (gone->variable) gone->variable->let_go = true;
    if (!gone->variable || !gone->variable->holders) handle_free(gone);
}

void variable_hold(mica_tensor *v) { v->variable->holders++; }

void variable_take(mica_tensor *v) {
    v->variable->holders++;
    v->variable->let_go = true;
}

void variable_drop(mica_tensor **variable) {
    mica_tensor *v = *variable;
    *variable = NULL;
    if (--v->variable->holders == 0 && v->variable->let_go) handle_free(v);
}

void scope_clear(mica_scope *scope) {
    while (scope->first) handle_free(scope->first);
}

mica_scope *mica_scope_open(mica_context *ctx) {
    if (!ctx) return NULL;
    tensor_store *store = store_of(ctx);
    mica_scope *scope = allocate(1, sizeof *scope);
    if (!scope) return context_fail(ctx, MICA_MEMORY, "a scope cannot be opened"), NULL;
    *scope = (mica_scope){.ctx = ctx, .outer = store->innermost};
    return store->innermost = scope;
}

void mica_scope_close(mica_scope **scope) {
    if (!scope || !*scope) return;
    tensor_store *store = store_of((*scope)->ctx);
    for (mica_scope **at = &store->innermost; *at; at = &(*at)->outer) {
        if (*at != *scope) continue;
        *at = (*scope)->outer;
        break;
    }
    scope_clear(*scope);
    free(*scope);
    *scope = NULL;
}

mica_tensor *tensor_release(mica_tensor *t) {
    if (t->scope) scope_unlink(t);
    return t;
}

void scope_move(mica_scope *from, mica_scope *to) {
    while (from->first) {
        mica_tensor *t = from->first;
        scope_unlink(t);
        scope_link(to, t);
    }
}

mica_tensor *mica_keep(mica_tensor *t) {
    if (!t || !t->scope || !t->scope->outer) return t;
    mica_scope *outer = t->scope->outer;
    scope_unlink(t);
    scope_link(outer, t);
    return t;
}
