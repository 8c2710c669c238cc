/* The kinds of layers by name, and Keras's default names. */
#include "layer/layer.h"
#include "part/registered.h"

#include <ctype.h>
#include <string.h>

#define LAYER(name) &layer_##name,
const layer_kind *const all_layers[] = {
#include "layer/layers.def"
    NULL};
#undef LAYER

const char *const dtype_policies[] = {
    "float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16", "int8", "int16",
    "int32",   "int64",   "uint8",   "uint16",   "uint32",        "uint64",         "bool", NULL};

static bool kind_is(const layer_kind *k, const char *name) {
    if (!strcmp(k->name, name)) return true;
    for (size_t i = 0; i < LENGTH(k->aliases) && k->aliases[i]; i++)
        if (!strcmp(k->aliases[i], name)) return true;
    return false;
}

const layer_kind *layer_kind_by_name(mica_context *ctx, const char *class_name) {
    for (const void *const *k = REGISTERED(ctx, REGISTERED_LAYERS, all_layers); *k; k++)
        if (kind_is(*k, class_name)) return *k;
    return NULL;
}

/* As Keras: an underscore before every capital that begins a word, or that follows a small letter:
 * MaxPooling2D -> max_pooling2d, LeakyReLU -> leaky_re_lu. */
void layer_default_name(const layer_kind *kind, char name[64]) {
    const char *c = kind->name;
    size_t n = 0;
    for (size_t i = 0; c[i] && n + 2 < 64; i++) {
        bool begins_word = i > 0 && isupper((unsigned char)c[i]) &&
                           (islower((unsigned char)c[i + 1]) || islower((unsigned char)c[i - 1]));
        if (begins_word) name[n++] = '_';
        name[n++] = (char)tolower((unsigned char)c[i]);
    }
    name[n] = 0;
}
