/* The methods: inference.GRPCInferenceService of KServe v2, with ModelStreamInfer and the
 * repository of Triton (grpc_repository.c), and grpc.health.v1.Health/Check. */
#include "build_config.h"
#include "serve/grpc_inside.h"
#include "serve/observe.h"

#include <stdlib.h>
#include <string.h>

/* A message goes behind a byte that says "not compressed" and its length. */
size_t grpc_begin_message(grpc_call *c) {
    strbuf_put(&c->out, "\0\0\0\0", 5);
    return c->out.length;
}

mica_status grpc_end_message(grpc_call *c, size_t begun, mica_error *err) {
    if (c->out.failed) return fail_no_memory(err, "the reply");
    const size_t length = c->out.length - begun;
    if (length > INT32_MAX) {
        c->out.length = begun - 5;
        return fail(err, MICA_VALUE, "the reply has %zu bytes, more than a message may", length);
    }
    put_big32((unsigned char *)c->out.data + begun - 4, (uint32_t)length);
    return MICA_OK;
}

static mica_status answer_number(grpc_call *c, uint64_t number, mica_error *err) {
    const size_t m = grpc_begin_message(c);
    protobuf_put_number(&c->out, 1, number);
    return grpc_end_message(c, m, err);
}

static bool is_ready(const grpc_call *c) {
    const server *s = c->g->o.server;
    return atomic_load(&s->ready) && !atomic_load(&s->draining);
}

static mica_status server_live(grpc_call *c, const void *message, size_t length, mica_error *err) {
    return answer_number(c, 1, err);
}

static mica_status server_is_ready(grpc_call *c, const void *message, size_t length,
                                   mica_error *err) {
    return answer_number(c, is_ready(c), err);
}

/* 1: SERVING, 2: NOT_SERVING. */
static mica_status check_health(grpc_call *c, const void *message, size_t length, mica_error *err) {
    static const char *const known[] = {"", "inference.GRPCInferenceService",
                                        "grpc.health.v1.Health"};
    grpc_names asked;
    TRY(grpc_read_names(message, length, &asked, err));
    for (size_t i = 0; i < LENGTH(known); i++)
        if (!strcmp(asked.model, known[i])) return answer_number(c, is_ready(c) ? 1 : 2, err);
    c->code = GRPC_NOT_FOUND;
    return fail(err, MICA_NAME, "there is no service \"%s\" here", asked.model);
}

static mica_status server_metadata(grpc_call *c, const void *message, size_t length,
                                   mica_error *err) {
    const size_t m = grpc_begin_message(c);
    protobuf_put_text(&c->out, 1, "mica");
    protobuf_put_text(&c->out, 2, MICA_VERSION);
    protobuf_put_text(&c->out, 3, "classification");
    protobuf_put_text(&c->out, 3, "model_repository");
    return grpc_end_message(c, m, err);
}

static mica_status hold(grpc_call *c, const grpc_names *asked, served **out, mica_error *err) {
    const server *s = c->g->o.server;
    mica_status status = models_hold(s->models, asked->model,
                                     asked->version[0] ? asked->version : NULL, out, err);
    status = request_missing(s, status, err);
    if (status == MICA_NAME) c->code = GRPC_NOT_FOUND;
    return status;
}

static mica_status model_ready(grpc_call *c, const void *message, size_t length, mica_error *err) {
    grpc_names asked;
    served *v = NULL;
    TRY(grpc_read_names(message, length, &asked, err));
    const bool there = hold(c, &asked, &v, err) == MICA_OK;
    served_release(v);
    c->code = GRPC_OK;
    return answer_number(c, there, err);
}

static mica_status model_metadata(grpc_call *c, const void *message, size_t length,
                                  mica_error *err) {
    grpc_names asked;
    served *v = NULL;
    served_list all = {0};
    TRY(grpc_read_names(message, length, &asked, err));
    TRY(hold(c, &asked, &v, err));
    mica_status status = models_list(c->g->o.server->models, asked.model, &all, err);
    const char **versions = served_list_versions(&all);
    if (status == MICA_OK && !versions) status = fail_no_memory(err, "versions");
    if (status == MICA_OK) {
        const size_t m = grpc_begin_message(c);
        grpc_write_metadata(&v->contract, versions, all.count, &c->out);
        status = grpc_end_message(c, m, err);
    }
    free(versions);
    served_list_free(&all);
    served_release(v);
    return status;
}

/* Where no version is asked for, it goes by the rules of traffic. */
static mica_status hold_to_infer(grpc_call *c, const grpc_names *asked, mica_error *err) {
    c->by_traffic = !asked->version[0];
    const server *s = c->g->o.server;
    mica_status status = request_hold(s, asked->model, c->by_traffic ? NULL : asked->version,
                                      c->request_id, &c->served, err);
    status = request_missing(s, status, err);
    if (status == MICA_NAME) c->code = GRPC_NOT_FOUND;
    return status;
}

static mica_status infer(grpc_call *c, const void *message, size_t length, mica_error *err) {
    inference_clear(&c->work);
    served_release(c->served); /* of the message before, in a stream */
    c->served = NULL;
    TRY(grpc_read_names(message, length, &c->asked, err));
    TRY(hold_to_infer(c, &c->asked, err));
    c->work.contract = &c->served->contract;
    c->work.kept = request_keeps(c->g->o.server, &c->g->draws);
    TRY(grpc_read_infer(&c->work, message, length, &c->raw, err));
    call_submit(c);
    return MICA_OK;
}

/* ---- answers of the engine ---- */

/* A stream goes on after a message that failed: ModelStreamInferResponse's error_message. */
void grpc_answer_failed(grpc_call *c, mica_status status) {
    if (c->method->deed)
        call_observe(c, NULL, c->code != GRPC_OK ? c->code : code_of(status), NULL);
    if (c->method->stream) {
        const size_t m = grpc_begin_message(c);
        protobuf_put_text(&c->out, 1, c->err.message);
        const size_t reply = protobuf_open(&c->out, 2);
        protobuf_put_text(&c->out, 3, c->work.id);
        protobuf_close(&c->out, reply);
        c->code = GRPC_OK;
        c->finished = grpc_end_message(c, m, &c->err) != MICA_OK;
        if (c->finished) c->code = GRPC_UNAVAILABLE;
        return;
    }
    c->out.length = 0;
    if (c->code == GRPC_OK) c->code = code_of(status);
    c->finished = true;
}

void grpc_answer(grpc_call *c) {
    mica_status status = c->status;
    const size_t before = c->out.length, m = grpc_begin_message(c);
    if (status == MICA_OK && c->method->stream) {
        const size_t reply = protobuf_open(&c->out, 2);
        status = grpc_write_infer(&c->work, c->raw, &c->out, &c->err);
        protobuf_close(&c->out, reply);
    } else if (status == MICA_OK) status = grpc_write_infer(&c->work, c->raw, &c->out, &c->err);
    if (status == MICA_OK) status = grpc_end_message(c, m, &c->err);
    if (status == MICA_OK && !call_fits(c, c->out.length - before))
        status = fail(&c->err, MICA_BUSY, "too many replies wait to be read by their clients");
    if (status != MICA_OK) {
        c->out.length = before;
        grpc_answer_failed(c, status);
        return;
    }
    call_observe(c, NULL, GRPC_OK, NULL);
    if (c->by_traffic) shadow_send(c->g->o.server->shadows, c->served, &c->work, c->request_id);
    if (!c->method->stream) c->finished = true;
}

/* ---- the table ---- */

#define V2 "/inference.GRPCInferenceService/"
#define LOAD "POST /v2/repository/models/NAME/"
static const grpc_method methods[] = {
    {V2 "ModelInfer", false, true, false, ACTION_PREDICT, infer, "predict"},
    {V2 "ModelStreamInfer", true, true, false, ACTION_PREDICT, infer, "predict"},
    {V2 "ServerLive", false, false, true, ACTION_OPEN, server_live},
    {V2 "ServerReady", false, false, true, ACTION_OPEN, server_is_ready},
    {V2 "ModelReady", false, false, false, ACTION_PREDICT, model_ready},
    {V2 "ServerMetadata", false, false, true, ACTION_OPEN, server_metadata},
    {V2 "ModelMetadata", false, false, false, ACTION_PREDICT, model_metadata},
    {V2 "RepositoryIndex", false, false, true, ACTION_PREDICT, grpc_index},
    {V2 "RepositoryModelLoad", false, false, false, ACTION_ADMIN, grpc_load, "load", LOAD "load"},
    {V2 "RepositoryModelUnload", false, false, false, ACTION_ADMIN, grpc_unload, "unload",
     LOAD "unload"},
    {"/grpc.health.v1.Health/Check", false, false, true, ACTION_OPEN, check_health},
};

const grpc_method *grpc_find_method(const char *path) {
    for (size_t i = 0; i < LENGTH(methods); i++)
        if (!strcmp(methods[i].path, path)) return &methods[i];
    return NULL;
}
