/* What the protocols' codecs share: names of element types, checks of elements that came as bytes,
 * values as JSON. */
#ifndef SERVE_WIRE_H
#define SERVE_WIRE_H

#include "serve/inference.h"
#include "tensor/open_inference.h"

const char *wire_tf_type(mica_dtype dtype); /* "DT_FLOAT" … of TensorFlow */

/* The elements of an input that were sent as bytes, little-endian: floats must be finite, bools 0
 * or 1. `name` is the input's, for errors. */
mica_status wire_check(const char *name, mica_dtype dtype, const void *elements, int64_t count,
                       mica_error *err);
/* BYTES as KServe v2 and Triton have them: each element's length in four bytes, then the element;
 * exactly `count` of them. They are copied into the arena. */
mica_status wire_read_strings(const char *name, const char *bytes, size_t size, int64_t count,
                              mica_string *out, arena *memory, mica_error *err);
/* An input's elements as bytes, placed in x and checked; the shape is the client's word. */
mica_status wire_read_input(inference *x, int input, const shape *s, const char *bytes, size_t size,
                            mica_error *err);

/* Parameters of a request to load or unload a model: version, and what says nothing here
 * (tritonclient's unload_dependents). Another configuration or other files for a model are nobody's
 * to send. */
bool change_parameter_known(const char *name, size_t length);
mica_status fail_change_parameter(mica_error *err, const char *name, size_t length);

/* "name" with quotes and escapes. */
void json_put_text(strbuf *out, const char *text);
/* An element; floats in the shortest form that reads back the same, null where they are not finite
 * (JSON has no such numbers). A string that is no UTF-8 becomes {"b64": "…"} where `base64`, else
 * it is refused: false. */
bool json_put_element(strbuf *out, mica_dtype dtype, const void *element, bool base64);
/* `count` elements in one list, in brackets; or as lists in lists, from axis `axis` of the shape.
 * `*at` is moved behind what was written. */
bool json_put_list(strbuf *out, mica_dtype dtype, const void *elements, int64_t count);
bool json_put_nested(strbuf *out, mica_dtype dtype, const char **at, const shape *s, int axis);

#endif
