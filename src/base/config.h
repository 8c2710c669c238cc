/* Config trees: jansson's json_t, with errors that name the place. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* Parses JSON text; `name` is what errors call it. *out is the caller's (json_decref). */
mica_status config_parse(const char *text, size_t length, const char *name, json_t **out,
                         mica_error *err);
mica_status config_load(const char *path, json_t **out, mica_error *err);
/* Compact text, reals in their shortest form; the caller frees. NULL without memory. */
char *config_text(const json_t *tree);
/* The same for people: a line for each value, UTF-8 as it is. */
char *config_text_indented(const json_t *tree);

/* The text under a key; NULL: there is none, or it is no text. Borrowed. */
const char *config_member(const json_t *object, const char *key);

/* "an object", "a string" … for messages. */
const char *config_kind(const json_t *value);
/* The value itself where it is a number or a short text, in `text`; else what it is: for errors. */
#define CONFIG_SHOWN 64
const char *config_show(const json_t *value, char text[CONFIG_SHOWN]);

/* {"class_name": NAME, "config": {...}} or a bare "name": the name, and the config (may be NULL),
 * both borrowed. False where it is neither. */
bool config_class(const json_t *value, const char **name, const json_t **config);
/* Options beside class_name have no effect there, and are errors; what Keras writes beside it is
 * none: module, config, registered_name, build_config … and the keys of `more` (NULL: none; ends in
 * NULL). `what` is the place in errors. Values without class_name pass. */
mica_status config_class_check(const json_t *value, const char *what, const char *const *more,
                               mica_error *err);
/* The same as config_class, or the recipe's short form {"NAME": {...}}. */
bool config_short_class(const json_t *value, const char **name, const json_t **config);

#endif
