/* A server without threads, for targets that hand it bytes themselves: two small models, lane 0. */
#ifndef FUZZ_SERVE_CASE_H
#define FUZZ_SERVE_CASE_H

#include "mica/mica.h"
#include "serve/server.h"
#include "serve/shadow.h"
#include "serve/traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline mica_model *case_rows(mica_context *ctx) { /* (None, 3) → (None, 2) */
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(3));
    mica_model_add(m,
                   mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2, .activation = "softmax")));
    return m;
}

static inline mica_model *case_picture(mica_context *ctx) { /* (None, 4, 4, 1) → (None, 3) */
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(4, 4, 1));
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 3)));
    return m;
}

static inline bool case_load(server *s, const char *name, mica_model *(*make)(mica_context *)) {
    char path[] = "/tmp/mica_fuzz_XXXXXX.h5";
    mica_error err = {0};
    const int fd = mkstemps(path, 3);
    if (fd < 0) return false;
    close(fd);
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = 5, .threads = 1));
    mica_status status = mica_model_save(make(ctx), path, &err);
    mica_close(&ctx);
    if (status == MICA_OK) status = server_load(s, name, "1", path, &err);
    unlink(path);
    if (status != MICA_OK) fprintf(stderr, "%s\n", err.message);
    return status == MICA_OK;
}

static inline server *case_server(void) {
    static server s;
    static bool opened;
    if (opened) return &s;
    opened = true;
    s.o = (server_options){.host = "127.0.0.1", .most_body = 1 << 16, .idle_seconds = 1000};
    s.o.model = (served_options){
        .lanes = 1, .threads = 1, .max_batch = 4, .max_queue = 16, .inline_limit = 1e9};
    pthread_mutex_init(&s.loading, NULL);
    atomic_store(&s.ready, 1);
    if (models_open(&s.models, NULL) != MICA_OK || engine_open(0, 1, &s.engine, NULL) != MICA_OK ||
        traffic_open(&s.traffic, NULL) != MICA_OK || sources_open(&s.sources, NULL) != MICA_OK ||
        loader_open(&s.loader, NULL) != MICA_OK ||
        shadows_open(s.engine, s.models, s.traffic, &s.shadows, NULL) != MICA_OK ||
        !case_load(&s, "m", case_rows) || !case_load(&s, "p", case_picture))
        abort();
    return &s;
}

#endif
