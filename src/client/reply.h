/* What a server said, read from bytes that nobody vouches for: whatever they are, an answer that
 * can be read from end to end, or an error. */
#ifndef CLIENT_REPLY_H
#define CLIENT_REPLY_H

#include "base/memory.h"
#include "mica/client.h"

/* The error that a reply with such a code is: {"error", "code"} or any text. */
mica_status reply_error(int code, const char *body, size_t length, const char *model,
                        const char *url, mica_error *err);

/* Each gives what lies in the arena. Errors: FORMAT. */

/* KServe v2: {"model_name", "model_version", "outputs"}, then, where json_length < length, tensors
 * as bytes. SIZE_MAX: there is JSON alone. */
mica_status reply_tensors(const char *body, size_t length, size_t json_length, arena *memory,
                          mica_answer *out, mica_error *err);
/* {"model", "version", "predictions", "outputs"}; of a picture or sound predictions are its
 * classes, else there is one for each row. */
mica_status reply_predictions(const char *body, size_t length, bool picture, arena *memory,
                              mica_answer *out, mica_error *err);
/* {"name", "versions", "inputs", "outputs", "parameters"} */
mica_status reply_model(const char *body, size_t length, arena *memory, mica_client_model *out,
                        mica_error *err);
/* [{"name", "version", "state"}] */
mica_status reply_models(const char *body, size_t length, arena *memory, mica_client_model **out,
                         int *count, mica_error *err);
/* {"accepted": count}: all labels were. */
mica_status reply_accepted(const char *body, size_t length, int count, mica_error *err);

#endif
