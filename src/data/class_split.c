/* A share of the files for validation: the same files as Keras takes with the same seed. It
 * shuffles the sorted list by NumPy's RandomState and takes the last ones. Source: Matsumoto and
 * Nishimura 1998 (MT19937); numpy/random/mtrand.pyx (shuffle), legacy-distributions.c (interval);
 * keras/src/utils/dataset_utils.py. */
#include "data/class_folder.h"

#include <string.h>

enum { WORDS = 624, AHEAD = 397 };

typedef struct twister {
    uint32_t state[WORDS];
    int at;
} twister;

static void twister_seed(twister *t, uint32_t seed) {
    for (int i = 0; i < WORDS; i++) {
        t->state[i] = seed;
        seed = 1812433253u * (seed ^ seed >> 30) + (uint32_t)i + 1;
    }
    t->at = WORDS;
}

static void twist(twister *t) {
    uint32_t *s = t->state;
    for (int i = 0; i < WORDS; i++) {
        uint32_t y = (s[i] & 0x80000000u) | (s[(i + 1) % WORDS] & 0x7fffffffu);
        s[i] = s[(i + AHEAD) % WORDS] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    t->at = 0;
}

static uint32_t twister_next(twister *t) {
    if (t->at == WORDS) twist(t);
    uint32_t y = t->state[t->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

/* From 0 to most, each as likely. */
static uint32_t twister_upto(twister *t, uint32_t most) {
    uint32_t mask = most, value;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    do value = twister_next(t) & mask;
    while (value > most);
    return value;
}

static void shuffle(class_list *list, uint32_t seed) {
    twister t;
    twister_seed(&t, seed);
    for (size_t i = list->count; i-- > 1;) {
        uint32_t j = twister_upto(&t, (uint32_t)i);
        class_file other = list->file[i];
        list->file[i] = list->file[j];
        list->file[j] = other;
    }
}

mica_status class_split(class_list *list, bool validation, mica_error *err) {
    const class_choice *c = &list->choice;
    size_t held = (size_t)(c->validation_split * (double)list->count),
           kept = validation ? held : list->count - held;
    if (!kept)
        return fail(err, MICA_VALUE, "%s: validation_split %g of %zu %s leaves none for %s",
                    list->tree.root, c->validation_split, list->count, list->kind->what,
                    validation ? "validation" : "training");
    if (!c->no_shuffle) shuffle(list, (uint32_t)c->seed);
    if (validation) memmove(list->file, list->file + list->count - held, held * sizeof *list->file);
    list->count = kept;
    return MICA_OK;
}
