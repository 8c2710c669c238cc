/* The messages of inference.GRPCInferenceService (KServe v2) and grpc.health.v1, straight from and
 * into bytes. Source: KServe's grpc_predict_v2.proto; Triton's extension_classification.md. */
#ifndef SERVE_GRPC_MESSAGES_H
#define SERVE_GRPC_MESSAGES_H

#include "codec/protobuf.h"
#include "serve/inference.h"

/* Which model a request is for: the texts of fields 1 and 2 of all requests of this protocol. */
typedef struct grpc_names {
    char model[256], version[64]; /* version "": none was given */
} grpc_names;
mica_status grpc_read_names(const void *message, size_t length, grpc_names *out, mica_error *err);
/* RepositoryModelLoadRequest, RepositoryModelUnloadRequest: the model, and the version that the
 * parameter of that name has. Errors: UNSUPPORTED, a parameter that would change what is loaded. */
mica_status grpc_read_change(const void *message, size_t length, grpc_names *out, mica_error *err);

/* ModelInferRequest into x, whose contract is set. *raw: tensors came as bytes, so the reply's go
 * as bytes. */
mica_status grpc_read_infer(inference *x, const void *message, size_t length, bool *raw,
                            mica_error *err);
/* ModelInferResponse. */
mica_status grpc_write_infer(const inference *x, bool raw, strbuf *out, mica_error *err);
/* ModelMetadataResponse. */
void grpc_write_metadata(const contract *c, const char *const *versions, int count, strbuf *out);

#endif
