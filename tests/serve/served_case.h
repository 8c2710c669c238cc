/* A small model in a file, loaded as the server does. */
#ifndef SERVE_SERVED_CASE_H
#define SERVE_SERVED_CASE_H

#include "support/folder.h"

#include "mica/mica.h"
#include "serve/served.h"

/* y = softmax(x W + b), x (None, width) or, with `free`, a GRU over (None, None, width). Its path.
 */
static inline const char *model_file_of(const char *name, bool free_steps, int width,
                                        uint64_t seed) {
    mica_error err = {0};
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = seed));
    mica_model *m = mica_sequential(ctx, free_steps ? MICA_SHAPE(-1, width) : MICA_SHAPE(width));
    const char *path = in_folder(name);
    if (free_steps) mica_model_add(m, mica_layer_gru(ctx, MICA_OPTIONS(gru, .units = 4)));
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .activation = "softmax")));
    ASSERT_OK(mica_model_save(m, path, &err));
    mica_close(&ctx);
    return path;
}

static inline const char *model_file(const char *name, bool free_steps) {
    return model_file_of(name, free_steps, 3, 5);
}

static inline served *load_case(const char *path, const char *name, const char *version) {
    mica_error err = {0};
    served *s = NULL;
    const served_options o = {.name = name,
                              .version = version,
                              .path = path,
                              .lanes = 4,
                              .threads = 1,
                              .max_batch = 8,
                              .max_queue = 16,
                              .inline_limit = 1};
    ASSERT_OK(served_load(&o, &s, &err));
    return s;
}

#endif
