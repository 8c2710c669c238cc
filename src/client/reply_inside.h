/* What the readers of replies share. */
#ifndef CLIENT_REPLY_INSIDE_H
#define CLIENT_REPLY_INSIDE_H

#include "base/config.h"
#include "base/memory.h"
#include "mica/client.h"

mica_status reply_parse(const char *body, size_t length, json_t **out, mica_error *err);
/* FORMAT: "the reply: what, found …". */
mica_status reply_expected(mica_error *err, const char *what, const json_t *found);
/* A member that is a text, "" where there is none; NULL without memory. */
const char *reply_text(const json_t *tree, const char *name, arena *memory);

/* A list of {"name", "datatype", "shape"}, extents of -1 among them; NULL: an empty one. */
mica_status reply_values(const json_t *list, arena *memory, mica_client_tensor **out, int *count,
                         mica_error *err);
/* The same with "data". */
mica_status reply_json_tensors(const json_t *list, arena *memory, mica_client_tensor **out,
                               int *count, mica_error *err);

#endif
