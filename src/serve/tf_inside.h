/* What reading TensorFlow's forms of a request shares. */
#ifndef SERVE_TF_INSIDE_H
#define SERVE_TF_INSIDE_H

#include "serve/json_scan.h"
#include "serve/wire.h"

/* "serving_default", the name of the only thing that a Keras model does; else an error. */
bool tf_signature(json_scan *s, const contract *c);
/* Room for input i; refused where what is left of the text cannot hold so many elements. */
bool tf_place(inference *x, json_scan *s, int input, const shape *sh);
/* The input that a member's name is; -1 and an error. */
int tf_find(inference *x, json_scan *s, const mica_string *name);
/* An array of that shape into row `row` of input i (-1: all of it); errors begin with its name. */
bool tf_fill(inference *x, json_scan *s, int input, const shape *sh, void *out);

#endif
