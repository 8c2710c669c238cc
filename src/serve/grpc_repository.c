/* The model repository extension over gRPC, as Triton has it: what there is; loading and unloading,
 * which the loader's thread does. A request names models and versions, never a file. */
#include "serve/grpc_inside.h"
#include "serve/repository.h"

/* RepositoryIndexRequest: its field 2 leaves out what is not ready. */
static mica_status wants_ready(const void *message, size_t length, bool *ready, mica_error *err) {
    protobuf p = protobuf_of(message, length);
    *ready = false;
    while (protobuf_next(&p))
        if (protobuf_is(&p, 2, PROTOBUF_VARINT)) *ready = p.number != 0;
    return protobuf_check(&p, "the request", err);
}

mica_status grpc_index(grpc_call *c, const void *message, size_t length, mica_error *err) {
    version_states all;
    bool ready;
    TRY(wants_ready(message, length, &ready, err));
    const credentials asker = call_credentials(c);
    TRY(server_states(c->g->o.server, &asker, &all, err));
    const size_t m = grpc_begin_message(c);
    for (size_t i = 0; i < all.count; i++) {
        if (ready && !all.at[i].ready) continue;
        const size_t one = protobuf_open(&c->out, 1);
        protobuf_put_text(&c->out, 1, all.at[i].name);
        protobuf_put_text(&c->out, 2, all.at[i].version);
        protobuf_put_text(&c->out, 3, all.at[i].ready ? "READY" : "UNAVAILABLE");
        protobuf_put_text(&c->out, 4, all.at[i].reason);
        protobuf_close(&c->out, one);
    }
    version_states_free(&all);
    return grpc_end_message(c, m, err);
}

/* The message was read before, for the model that its sender must be allowed to change. */
static mica_status leave_to_loader(grpc_call *c, load_work *work, const void *message,
                                   size_t length, mica_error *err) {
    server *s = c->g->o.server;
    TRY(grpc_read_change(message, length, &c->asked, err));
    call_runs(c);
    const load_job job = {.work = work,
                          .user = s,
                          .model = c->asked.model,
                          .version = c->asked.version[0] ? c->asked.version : NULL,
                          .most = MOST_LOADS,
                          .done = call_told,
                          .waiter = c};
    const mica_status status = loader_put(s->loader, &job, err);
    if (status != MICA_OK) call_told(c, status, err);
    return MICA_OK;
}

mica_status grpc_load(grpc_call *c, const void *message, size_t length, mica_error *err) {
    return leave_to_loader(c, load_by_request, message, length, err);
}

mica_status grpc_unload(grpc_call *c, const void *message, size_t length, mica_error *err) {
    return leave_to_loader(c, unload_by_request, message, length, err);
}

void grpc_answer_loaded(grpc_call *c) {
    mica_status status = c->status;
    if (status == MICA_NAME) c->code = GRPC_NOT_FOUND;
    if (status == MICA_OK)
        status = grpc_end_message(c, grpc_begin_message(c), &c->err); /* it has no fields */
    if (status != MICA_OK) return grpc_answer_failed(c, status);
    call_observe(c, NULL, GRPC_OK, NULL);
    c->finished = true;
}
