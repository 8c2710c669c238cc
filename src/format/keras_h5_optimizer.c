/* The optimizer's state in Keras .h5, in four dialects:
 *
 *   Keras 3              adam/iteration, adam/learning_rate, adam/sequential_dense_kernel_momentum
 * … Keras 2.11 and on    iteration:0, Adam/m/dense/kernel:0, Adam/v/dense/kernel:0 … Keras 2.1
 * to 2.10    Adam/iter:0, Adam/dense/kernel/m:0 …, Adam/dense/kernel/v:0 … older iterations:0, then
 * numbered variables: all first slots, all second ones …
 *
 * In the first three the names tell the slot; within a slot the parameters come in the order of the
 * file's layers. Slots that this optimizer has not (the momenta that tf_keras keeps for momentum 0)
 * are left. A file of an optimizer that made no step may have no slots at all. */
#include "format/keras_h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum what { STEP_COUNT, RATE, SLOT, OTHER_SLOT, NUMBERED } what;

typedef struct state {
    mica_optimizer *o;
    const char *name;
    mica_tensor **parameters; /* in the order of the file */
    h5_object **of_slot;      /* count * slots_each: the dataset of each of o->slots */
    int *found;               /* by slot: how many the file has */
    h5_object *step, *rate, **numbered;
    size_t numbered_count;
    mica_error *err;
} state;

static int slot_of(const mica_optimizer *o, const char *slot) {
    for (int i = 0; i < o->slots_each; i++)
        if (!strcmp(optimizer_slot_name(o, i), slot)) return i;
    return -1;
}

static bool is_word(const char *begin, const char *end, const char *word) {
    return (size_t)(end - begin) == strlen(word) && !memcmp(begin, word, strlen(word));
}

/* Beside those of the kinds. */
static const char *const further_slots[] = {"average", "gradient_accumulator"};

/* All names of the kind's slot i in files, of every dialect; NULL where there is none. */
typedef struct slot_words {
    const char *word[3];
} slot_words;

static slot_words words_of(const optimizer_kind *k, int i) {
    return (slot_words){{k->slots[i], k->tf_slots[i], k->newer_tf_slots[i]}};
}

/* The slot of this kind that some dialect calls so; NULL: none. */
static const char *slot_of_kind(const optimizer_kind *k, const char *begin, const char *end) {
    for (int i = 0; i < MAX_KIND_SLOTS && k->slots[i]; i++) {
        slot_words names = words_of(k, i);
        for (size_t w = 0; w < LENGTH(names.word); w++)
            if (names.word[w] && is_word(begin, end, names.word[w])) return k->slots[i];
    }
    return NULL;
}

/* The slot, of this optimizer or else of any, that is called so; NULL: no slot. */
static const char *slot_of_word(const mica_optimizer *o, const char *begin, const char *end) {
    const char *found = slot_of_kind(o->kind, begin, end);
    for (size_t i = 0; i < LENGTH(further_slots) && !found; i++)
        if (is_word(begin, end, further_slots[i])) found = further_slots[i];
    for (const optimizer_kind *const *k = all_optimizers; *k && !found; k++)
        found = slot_of_kind(*k, begin, end);
    return found;
}

/* Whether a name of Keras 3 ends in _word, with something before it. */
static bool ends_in_word(const char *begin, const char *end, const char *word) {
    size_t n = strlen(word);
    return n > 2 && (size_t)(end - begin) > n + 1 && end[-(ptrdiff_t)n - 1] == '_' &&
           is_word(end - n, end, word);
}

/* Keras 3: the name ends in _momentum. The longest of all, so that no ending hides another. */
static const char *slot_of_ending(const char *begin, const char *end) {
    const char *longest = "";
    for (const optimizer_kind *const *k = all_optimizers; *k; k++)
        for (int i = 0; i < MAX_KIND_SLOTS && (*k)->slots[i]; i++) {
            const char *slot = (*k)->slots[i];
            if (strlen(slot) > strlen(longest) && ends_in_word(begin, end, slot)) longest = slot;
        }
    for (size_t i = 0; i < LENGTH(further_slots); i++)
        if (strlen(further_slots[i]) > strlen(longest) &&
            ends_in_word(begin, end, further_slots[i]))
            longest = further_slots[i];
    return *longest ? longest : NULL;
}

/* "iter", "iteration", and "iterations_1" as Keras 2.0 numbers them. */
static bool is_step_count(const char *begin, const char *end) {
    while (end > begin && end[-1] >= '0' && end[-1] <= '9') end--;
    if (end > begin && end[-1] == '_') end--;
    return is_word(begin, end, "iterations") || is_word(begin, end, "iteration") ||
           is_word(begin, end, "iter");
}

/* What a name stands for; *slot is its slot. */
static what read_name(const mica_optimizer *o, const char *name, int *slot) {
    const char *colon = strrchr(name, ':'), *end = colon ? colon : name + strlen(name);
    const char *last = end, *second = memchr(name, '/', (size_t)(end - name));
    while (last > name && last[-1] != '/') last--;
    if (is_step_count(last, end)) return STEP_COUNT;
    if (is_word(last, end, "learning_rate")) return RATE;
    const char *found = NULL;
    if (second) {
        const char *word = second + 1, *after = memchr(word, '/', (size_t)(end - word));
        found = slot_of_word(o, last, end);
        if (!found && after) found = slot_of_word(o, word, after);
        if (!found) found = slot_of_ending(last, end);
    }
    if (!found) return NUMBERED;
    *slot = slot_of(o, found);
    return *slot < 0 ? OTHER_SLOT : SLOT;
}

static mica_status place_slot(state *s, int slot, h5_object *dataset) {
    const mica_optimizer *o = s->o;
    if (s->found[slot] < o->count) s->of_slot[s->found[slot] * o->slots_each + slot] = dataset;
    s->found[slot]++;
    return MICA_OK;
}

static mica_status place_all(state *s, h5_object *group, const h5_texts *names) {
    for (size_t i = 0; i < names->count; i++) {
        h5_object *dataset;
        int slot;
        TRY(h5_find_in(group, names->at[i], &dataset, s->err));
        switch (read_name(s->o, names->at[i], &slot)) {
        case STEP_COUNT: s->step = dataset; break;
        case RATE: s->rate = dataset; break;
        case SLOT: TRY(place_slot(s, slot, dataset)); break;
        case NUMBERED: s->numbered[s->numbered_count++] = dataset; break;
        case OTHER_SLOT: break;
        }
    }
    return MICA_OK;
}

/* Old Keras: slot by slot; slots beyond those of this optimizer are placeholders. Where others have
 * names, one without is a scalar that follows from the step (Nadam's product). */
static mica_status place_numbered(state *s) {
    mica_optimizer *o = s->o;
    for (int k = 0; k < o->slots_each; k++)
        if (s->found[k]) return MICA_OK;
    size_t wanted = (size_t)o->count * (size_t)o->kind_slots;
    if (!s->numbered_count) return MICA_OK;
    if (s->numbered_count < wanted || (o->count && s->numbered_count % (size_t)o->count))
        return fail(s->err, MICA_MISMATCH,
                    "%s: optimizer_weights has %zu arrays, expected %d for each of %d parameters",
                    s->name, s->numbered_count, o->kind_slots, o->count);
    for (size_t i = 0; i < wanted; i++)
        TRY(place_slot(s, (int)(i / (size_t)o->count), s->numbered[i]));
    return MICA_OK;
}

static mica_status check_counts(const state *s) {
    for (int k = 0; k < s->o->slots_each; k++)
        if (s->found[k] && s->found[k] != s->o->count)
            return fail(s->err, MICA_MISMATCH, "%s: %s of %d parameters, expected %d", s->name,
                        optimizer_slot_name(s->o, k), s->found[k], s->o->count);
    return MICA_OK;
}

/* The step count, or MISMATCH where steps were made but a slot is missing. */
static mica_status read_step(const state *s, int64_t *step) {
    static const shape scalar = {0, {0}};
    char place[300];
    *step = 0;
    if (s->step) {
        snprintf(place, sizeof place, "%s: optimizer: iterations", s->name);
        TRY(check_dataset(s->step, &scalar, place, s->err));
        TRY(h5_read(s->step, MICA_INT64, step, sizeof *step, s->err));
        if (*step < 0)
            return fail(s->err, MICA_FORMAT, "%s is %lld, expected at least 0", place,
                        (long long)*step);
    }
    for (int k = 0; k < s->o->slots_each; k++)
        if (*step && !s->found[k] && s->o->count)
            return fail(s->err, MICA_MISMATCH, "%s: after %lld steps there is no %s", s->name,
                        (long long)*step, optimizer_slot_name(s->o, k));
    return MICA_OK;
}

/* Where the slot of the file's parameter number i belongs: the optimizer's own order. */
static int own_number(const mica_optimizer *o, const mica_tensor *parameter) {
    for (int i = 0; i < o->count; i++)
        if (o->parameters[i] == parameter) return i;
    return -1;
}

static mica_status read_slots(const state *s, buffer **values) {
    const mica_optimizer *o = s->o;
    char place[400];
    for (int i = 0; i < o->count; i++)
        for (int k = 0; k < o->slots_each; k++) {
            h5_object *dataset = s->of_slot[i * o->slots_each + k];
            const mica_tensor *p = s->parameters[i];
            int own = own_number(o, p) * o->slots_each + k;
            if (!dataset) continue;
            snprintf(place, sizeof place, "%s: optimizer: %s of %s", s->name,
                     optimizer_slot_name(o, k), p->variable->name);
            const mica_tensor *slot = o->slots[own];
            TRY(check_dataset(dataset, &slot->shape, place, s->err));
            TRY(read_numbers(dataset, slot->dtype, &slot->shape, &values[own], s->err));
        }
    return MICA_OK;
}

/* The learning rate that was set since; a schedule has none. */
static mica_status read_rate(const state *s, buffer **value) {
    static const shape scalar = {0, {0}};
    char place[300];
    snprintf(place, sizeof place, "%s: optimizer: learning_rate", s->name);
    if (!s->rate || s->o->options->learning_rate_schedule) return MICA_OK;
    TRY(check_dataset(s->rate, &scalar, place, s->err));
    return read_numbers(s->rate, MICA_FLOAT32, &scalar, value, s->err);
}

static mica_status put_state(const state *s) {
    mica_optimizer *o = s->o;
    size_t slots = (size_t)o->count * (size_t)o->slots_each;
    int64_t step;
    buffer **values = allocate(slots + 2, sizeof(buffer *)), *count = buffer_new(sizeof step);
    mica_status status = values && count ? read_step(s, &step)
                                         : fail_memory(s->err, slots, s->name);
    if (status == MICA_OK) status = read_slots(s, values);
    if (status == MICA_OK) status = read_rate(s, &values[slots]);
    bool taken = status == MICA_OK;
    if (taken) {
        memcpy(count->data, &step, sizeof step);
        put_value(o->iterations, count);
        count = NULL;
        for (size_t i = 0; i < slots; i++)
            if (values[i]) put_value(o->slots[i], values[i]);
        if (values[slots]) put_value(o->learning_rate, values[slots]);
        status = optimizer_set_product(o, s->err);
    }
    for (size_t i = 0; i <= slots && values && !taken; i++) buffer_drop(values[i]);
    buffer_drop(count);
    free(values);
    return status;
}

/* Whether the numbered arrays have the shapes of the parameters in this order. */
static bool numbered_fit(const state *s, const matched *order) {
    for (int i = 0; i < s->o->count && (size_t)i < s->numbered_count; i++)
        if (check_dataset(s->numbered[i], &order[i].weight->variable->shape, "", NULL) != MICA_OK)
            return false;
    return true;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const matched *)a)->name, ((const matched *)b)->name);
}

/* The optimizer's parameters in the order of the file's layers; Keras 2.0 sorted them by name. */
static mica_status order_parameters(state *s, const matching *found, bool keras20, arena *a) {
    matched *order = arena_take(a, (found->count + 1) * 2 * sizeof *order);
    matched *sorted = order + found->count + 1;
    int n = 0;
    if (!order) return fail_memory(s->err, found->count, s->name);
    for (size_t i = 0; i < found->count; i++)
        if (own_number(s->o, found->at[i].weight->variable) >= 0) order[n++] = found->at[i];
    if (n != s->o->count)
        return fail(s->err, MICA_INTERNAL, "%s: %d parameters, expected %d", s->name, n,
                    s->o->count);
    if (keras20 && s->numbered_count && n) {
        memcpy(sorted, order, (size_t)n * sizeof *order);
        qsort(sorted, (size_t)n, sizeof *sorted, by_name);
        if (numbered_fit(s, sorted)) order = sorted;
    }
    for (int i = 0; i < n; i++) s->parameters[i] = order[i].weight->variable;
    return MICA_OK;
}

static bool is_keras20(h5_object *root) {
    const char *version;
    return h5_attribute_text(root, "keras_version", &version, NULL) == MICA_OK &&
           (!strncmp(version, "2.0.", 4) || !strncmp(version, "1.", 2));
}

mica_status read_optimizer(mica_model *m, h5_file *file, const matching *found, const char *name,
                           mica_error *err) {
    mica_optimizer *o = m->compiled.optimizer;
    h5_object *root, *group;
    h5_texts names;
    arena a = {0};
    state s = {.o = o, .name = name, .err = err};
    TRY(h5_find(file, "/", &root, err));
    TRY(h5_look_in(root, "optimizer_weights", &group, err));
    if (!group) return MICA_OK;
    mica_status status = names_read(group, "weight_names", &a, &names, err);
    if (status == MICA_OK) {
        size_t slots = (size_t)o->count * (size_t)o->slots_each;
        s.parameters = arena_take(&a, ((size_t)o->count + 1) * sizeof *s.parameters);
        s.of_slot = arena_take(&a, (slots + 1) * sizeof *s.of_slot);
        s.found = arena_take(&a, ((size_t)o->slots_each + 1) * sizeof *s.found);
        s.numbered = arena_take(&a, (names.count + 1) * sizeof *s.numbered);
        if (!s.parameters || !s.of_slot || !s.found || !s.numbered)
            status = fail_memory(err, slots, name);
    }
    if (status == MICA_OK) status = place_all(&s, group, &names);
    if (status == MICA_OK) status = order_parameters(&s, found, is_keras20(root), &a);
    if (status == MICA_OK) status = place_numbered(&s);
    if (status == MICA_OK) status = check_counts(&s);
    if (status == MICA_OK) status = put_state(&s);
    arena_free(&a);
    return status;
}
