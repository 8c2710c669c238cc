/* Functional models from configs: layers in any order, connected by references. Names, applications
 * and who waits for them are found by index, so that the time grows with the size of the file. */
#include "model/from_config.h"

#include "base/index.h"
#include "model/operation.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* One entry of "layers". */
typedef struct entry {
    mica_layer *made;
    int next;        /* the application that comes next */
    int first, last; /* the number of its first application, in references of layers and in those
                        of the outputs */
    bool zero;       /* some reference says 0 */
    bool needed;     /* an output depends on it, and not by a mask alone */
    int *nodes;      /* of its applications */
    size_t count, room;
    int beside; /* another that waits for the same application; -1: none */
} entry;

/* Application `number` of an entry, before it is there; and who waits for it. */
typedef struct awaited {
    int entry, number, first;
} awaited;

typedef struct reading {
    mica_model *m;
    const json_t *layers;
    entry *entries;
    hash_index names;   /* entries by name */
    hash_index waiting; /* `awaited` by entry and number */
    awaited *awaited;
    size_t awaited_count, awaited_room;
    int *ready; /* entries that can go on */
    size_t ready_count, ready_room;
    const char *name;
    mica_error *err;
} reading;

static const char *name_of_entry(const json_t *e) {
    const char *name = json_string_value(json_object_get(e, "name"));
    return name ? name : json_string_value(json_object_get(json_object_get(e, "config"), "name"));
}

static uint64_t hash_name(const char *name) { return hash_bytes(HASH_BEGIN, name, strlen(name)); }

static int entry_of(const reading *r, const char *layer_name) {
    size_t at = 0;
    if (!layer_name) return -1;
    for (int i; (i = index_next(&r->names, hash_name(layer_name), &at)) >= 0;)
        if (!strcmp(name_of_entry(json_array_get(r->layers, (size_t)i)), layer_name)) return i;
    return -1;
}

/* Of two entries with one name the first counts. */
static mica_status index_names(reading *r) {
    size_t i;
    json_t *e;
    json_array_foreach(r->layers, i, e) {
        const char *name = name_of_entry(e);
        if (name && entry_of(r, name) < 0 && !index_add(&r->names, hash_name(name), (int)i))
            return fail_memory(r->err, i, r->name);
    }
    return MICA_OK;
}

/* The node of application `number` of an entry; -1: not there yet. */
static int node_of(const entry *e, int number) {
    return number >= 0 && (size_t)number < e->count ? e->nodes[number] : -1;
}

static uint64_t hash_application(int entry, int number) {
    return hash_bytes(hash_bytes(HASH_BEGIN, &entry, sizeof entry), &number, sizeof number);
}

static awaited *find_awaited(const reading *r, int entry, int number) {
    size_t at = 0;
    for (int i; (i = index_next(&r->waiting, hash_application(entry, number), &at)) >= 0;)
        if (r->awaited[i].entry == entry && r->awaited[i].number == number) return &r->awaited[i];
    return NULL;
}

static bool await(reading *r, const awaited *wanted, int waiter) {
    awaited *a = find_awaited(r, wanted->entry, wanted->number);
    if (!a) {
        if (!grow(&r->awaited, &r->awaited_room, r->awaited_count + 1, sizeof *a) ||
            !index_add(&r->waiting, hash_application(wanted->entry, wanted->number),
                       (int)r->awaited_count))
            return false;
        a = &r->awaited[r->awaited_count++];
        *a = (awaited){wanted->entry, wanted->number, -1};
    }
    r->entries[waiter].beside = a->first;
    a->first = waiter;
    return true;
}

/* Those that waited for it can go on. */
static bool make_ready(reading *r, int entry, int number) {
    awaited *a = find_awaited(r, entry, number);
    for (int i = a ? a->first : -1; i >= 0; i = r->entries[i].beside) {
        if (!grow(&r->ready, &r->ready_room, r->ready_count + 1, sizeof *r->ready)) return false;
        r->ready[r->ready_count++] = i;
    }
    if (a) a->first = -1;
    return true;
}

/* The last node of the model is the next application of the entry: what waits for it can go on. */
static mica_status add_node_of(reading *r, int entry_number) {
    entry *e = &r->entries[entry_number];
    bool done = grow(&e->nodes, &e->room, e->count + 1, sizeof *e->nodes);
    if (done) e->nodes[e->count++] = (int)r->m->node_count - 1;
    done = done && make_ready(r, entry_number, (int)e->count - 1);
    return done ? MICA_OK : fail_memory(r->err, e->count, r->name);
}

/* ["dense", 0, 0] or ["dense", 0, 0, {}]; true if that node is there. */
static mica_status read_reference(reading *r, const json_t *item, bool of_output, reference *out,
                                  awaited *wanted, bool *there) {
    const char *layer_name = json_string_value(json_array_get(item, 0));
    int number_of_entry = entry_of(r, layer_name);
    if (number_of_entry < 0)
        return fail(r->err, MICA_FORMAT, "%s: a reference to layer '%s', which is not there",
                    r->name, layer_name ? layer_name : "?");
    out->tensor = (int)json_integer_value(json_array_get(item, 2));
    const entry *e = &r->entries[number_of_entry];
    wanted->entry = number_of_entry;
    wanted->number = (int)json_integer_value(json_array_get(item, 1)) -
                     (of_output ? e->last : e->first);
    out->node = node_of(e, wanted->number);
    *there = out->node >= 0;
    if (*there && (out->tensor < 0 || out->tensor >= r->m->nodes[out->node].outputs))
        return fail(r->err, MICA_FORMAT, "%s: layer '%s' has no output %d", r->name, layer_name,
                    out->tensor);
    return MICA_OK;
}

static mica_status add_applied(reading *r, int entry, const reference *in, const applied *a) {
    mica_layer *l = r->entries[entry].made;
    model_node n = {.layer = l,
                    .inputs = (int)json_array_size(a->inputs),
                    .fixed_mode = a->mode,
                    .arguments = a->arguments};
    memcpy(n.in, in, sizeof n.in);
    memcpy(n.role, a->role, sizeof n.role);
    mica_status status = model_add_call(r->m, &n, r->err);
    return status == MICA_OK ? add_node_of(r, entry) : fail_within(r->err, status, "%s", r->name);
}

/* Where an input is not there yet, the entry waits for it. */
static mica_status apply(reading *r, int entry, const json_t *application, bool *done) {
    reference in[MAX_LAYER_INPUTS];
    awaited wanted = {0};
    applied a;
    mica_layer *l = r->entries[entry].made;
    mica_status status = layer_is_operation(l)
                             ? operation_read(l, application, r->name, &a, r->err)
                             : application_read(l, application, r->name, &a, r->err);
    *done = true;
    for (size_t i = 0; i < json_array_size(a.inputs) && status == MICA_OK && *done; i++)
        status = read_reference(r, json_array_get(a.inputs, i), false, &in[i], &wanted, done);
    if (status == MICA_OK && *done) status = add_applied(r, entry, in, &a);
    if (status == MICA_OK && !*done && !await(r, &wanted, entry))
        status = fail_memory(r->err, r->awaited_count, r->name);
    json_decref(a.inputs);
    return status;
}

/* Of one end: [["a", 0, 0], …], ["a", 0, 0] alone as Keras 3 writes a single one, or
 * {"key": ["a", 0, 0], …} of a model made of objects, which Keras takes in the order of the keys.
 * The caller decrefs; keys may be NULL. */
static json_t *ends_list(const json_t *ends, const char **keys) {
    const char *names[MAX_MODEL_INPUTS + 1];
    json_t *list = json_array();
    if (json_is_array(ends) && !json_is_string(json_array_get(ends, 0)))
        json_array_extend(list, (json_t *)ends);
    else if (json_is_array(ends)) json_array_append(list, (json_t *)ends);
    size_t count = sorted_keys(ends, names, LENGTH(names));
    for (size_t i = 0; i < count; i++) {
        json_array_append(list, json_object_get(ends, names[i]));
        if (keys && i < MAX_MODEL_INPUTS) keys[i] = names[i];
    }
    return list;
}

/* What an output depends on, but for masks, which mica finds itself; depth first. */
static void mark_needed(reading *r, const json_t *references, size_t *stack) {
    size_t i, k, top = 0;
    json_t *item, *node;
    for (json_t *next = json_incref((json_t *)references); next;) {
        json_array_foreach(next, i, item) {
            int entry = entry_of(r, json_string_value(json_array_get(item, 0)));
            if (entry < 0 || r->entries[entry].needed) continue;
            r->entries[entry].needed = true;
            stack[top++] = (size_t)entry;
        }
        json_decref(next);
        next = NULL;
        if (!top) return;
        const json_t *from = json_array_get(r->layers, stack[--top]);
        next = json_array();
        json_array_foreach(json_object_get(from, "inbound_nodes"), k, node) {
            json_t *inputs = application_inputs(node);
            json_array_extend(next, inputs);
            json_decref(inputs);
        }
    }
}

static mica_status find_needed(reading *r, const json_t *config) {
    size_t n = json_array_size(r->layers);
    size_t *stack = allocate(n + 1, sizeof *stack);
    if (!stack) return fail_memory(r->err, n, r->name);
    json_t *outputs = ends_list(json_object_get(config, "output_layers"), NULL);
    mark_needed(r, outputs, stack);
    json_decref(outputs);
    free(stack);
    return MICA_OK;
}

static mica_status make_layer(reading *r, size_t i) {
    static const char *const applied_beside[] = {"name", "inbound_nodes", NULL};
    const char *class_name;
    const json_t *config, *e = json_array_get(r->layers, i);
    char place[MAX_PLACE];
    if (!json_is_object(e) || !config_class(e, &class_name, &config))
        return config_wrong_layer(r->err, r->name, "layers", i, e,
                                  "an object with class_name and config");
    if (makes_masks(e) && !r->entries[i].needed) return MICA_OK;
    config_place(r->name, "layers", i, class_name, place);
    TRY(config_class_check(e, place, applied_beside, r->err));
    mica_layer *l = read_layer(r->m, e, class_name, config, place, r->err);
    r->entries[i].made = l;
    if (!l) return r->err->code;
    if (strcmp(class_name, "InputLayer")) return MICA_OK;
    TRY(model_add_node(r->m, l, NULL, 0, r->err));
    return add_node_of(r, (int)i);
}

static const json_t *nodes_of(const reading *r, size_t i) {
    return json_object_get(json_array_get(r->layers, i), "inbound_nodes");
}

/* All applications of an entry that can be made. */
static mica_status apply_entry(reading *r, int i) {
    entry *e = &r->entries[i];
    const json_t *nodes = nodes_of(r, (size_t)i);
    for (bool done = true; e->made && done && (size_t)e->next < json_array_size(nodes);) {
        TRY(apply(r, i, json_array_get(nodes, (size_t)e->next), &done));
        e->next += done;
    }
    return MICA_OK;
}

/* Files list layers in any order: what waits for another layer goes on when that is there. */
static mica_status apply_all(reading *r) {
    size_t n = json_array_size(r->layers);
    for (size_t i = 0; i < n; i++) TRY(apply_entry(r, (int)i));
    for (size_t at = 0; at < r->ready_count; at++) TRY(apply_entry(r, r->ready[at]));
    for (size_t i = 0; i < n; i++)
        if (r->entries[i].made && (size_t)r->entries[i].next < json_array_size(nodes_of(r, i)))
            return fail(r->err, MICA_FORMAT, "%s: the layers depend on each other in a circle",
                        r->name);
    return MICA_OK;
}

static mica_status read_end_list(reading *r, const json_t *list, reference *out, const char *what) {
    bool there;
    awaited wanted;
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        TRY(read_reference(r, item, true, &out[i], &wanted, &there));
        if (!there)
            return fail(r->err, MICA_FORMAT, "%s: %s names a tensor that is not there", r->name,
                        what);
    }
    return MICA_OK;
}

static mica_status read_ends(reading *r, const json_t *ends, reference *out, int *count,
                             size_t most, const char **keys, const char *what) {
    const char *all_keys[MAX_MODEL_INPUTS] = {NULL};
    json_t *list = ends_list(ends, all_keys);
    size_t n = json_array_size(list);
    char expected[32];
    snprintf(expected, sizeof expected, "1 to %zu references", most);
    mica_status status = n < 1 || n > most ? config_wrong(r->err, r->name, what, ends, expected)
                                           : read_end_list(r, list, out, what);
    for (size_t i = 0; i < n && status == MICA_OK; i++) keys[i] = all_keys[i];
    for (size_t i = 0; i < n && status == MICA_OK; i++)
        if (keys[i] && !(keys[i] = context_text(r->m->ctx, keys[i])))
            status = fail_no_memory(r->err, r->name);
    json_decref(list);
    *count = (int)n;
    return status;
}

/* What one reference says of how its inner model counts. */
static void note(reading *r, const json_t *reference, bool of_output) {
    int i = entry_of(r, json_string_value(json_array_get(reference, 0)));
    entry *e = i >= 0 ? &r->entries[i] : NULL;
    if (!e || !e->made || !layer_model(e->made)) return;
    json_int_t number = json_integer_value(json_array_get(reference, 1));
    if (number == (json_int_t)json_array_size(nodes_of(r, (size_t)i)))
        *(of_output ? &e->last : &e->first) = 1;
    e->zero |= !of_output && number == 0;
}

/* Keras 2 counts the applications of inner models from 1, since each was applied once to its own
 * inputs; Keras 3 does so in output_layers, for functional ones. Then some reference has a number
 * that counting from 0 does not reach. */
static void find_first(reading *r, const json_t *config) {
    size_t i, k, n;
    json_t *layer, *node, *item;
    bool keras3 = false;
    json_array_foreach(r->layers, i, layer) {
        json_array_foreach(json_object_get(layer, "inbound_nodes"), k, node) {
            json_t *inputs = application_inputs(node);
            keras3 |= application_is_keras3(node);
            json_array_foreach(inputs, n, item) note(r, item, false);
            json_decref(inputs);
        }
    }
    json_t *outputs = ends_list(json_object_get(config, "output_layers"), NULL);
    json_array_foreach(outputs, i, item) note(r, item, true);
    json_decref(outputs);
    for (i = 0; i < json_array_size(r->layers); i++) {
        entry *e = &r->entries[i];
        bool counts_from_1 = (e->first || e->last) && !e->zero && !keras3;
        e->first = counts_from_1;
        e->last |= counts_from_1;
    }
}

/* Every InputLayer is an input of the model, and every input one. */
static mica_status check_inputs(const reading *r) {
    const mica_model *m = r->m;
    for (int i = 0; i < m->input_count; i++)
        if (m->nodes[m->inputs[i].node].inputs)
            return fail(r->err, MICA_UNSUPPORTED,
                        "%s: input %d is layer %s, expected an InputLayer", r->name, i,
                        m->nodes[m->inputs[i].node].layer->name);
    for (size_t n = 0; n < m->node_count; n++) {
        bool listed = m->nodes[n].inputs > 0;
        for (int i = 0; i < m->input_count && !listed; i++) listed = m->inputs[i].node == (int)n;
        if (!listed)
            return fail(r->err, MICA_FORMAT, "%s: layer %s is not among input_layers", r->name,
                        m->nodes[n].layer->name);
    }
    return MICA_OK;
}

mica_status read_functional(mica_model *m, const json_t *config, const char *name,
                            mica_error *err) {
    reading r = {.m = m, .layers = json_object_get(config, "layers"), .name = name, .err = err};
    size_t n = json_array_size(r.layers);
    if (!json_is_array(r.layers)) return config_wrong(err, name, "layers", r.layers, "an array");
    if (n > INT_MAX) return fail_memory(err, n, name);
    r.entries = allocate(n, sizeof *r.entries);
    mica_status status = r.entries ? index_names(&r) : fail_memory(err, n, name);
    if (status == MICA_OK) status = find_needed(&r, config);
    for (size_t i = 0; i < n && status == MICA_OK; i++) status = make_layer(&r, i);
    if (status == MICA_OK) find_first(&r, config);
    if (status == MICA_OK) status = apply_all(&r);
    if (status == MICA_OK)
        status = read_ends(&r, json_object_get(config, "input_layers"), m->inputs, &m->input_count,
                           MAX_MODEL_INPUTS, m->input_key, "input_layers");
    if (status == MICA_OK)
        status = read_ends(&r, json_object_get(config, "output_layers"), m->outputs,
                           &m->output_count, MAX_MODEL_OUTPUTS, m->output_key, "output_layers");
    if (status == MICA_OK) status = check_inputs(&r);
    if (status == MICA_OK) status = model_sort_layers(m, err);
    for (size_t i = 0; i < n && r.entries; i++) {
        layer_discard(r.entries[i].made); /* not in the model */
        free(r.entries[i].nodes);
    }
    free(r.entries);
    free(r.ready);
    free(r.awaited);
    index_free(&r.names);
    index_free(&r.waiting);
    return status;
}
