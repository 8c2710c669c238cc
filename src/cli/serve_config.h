/* The models and rules of traffic that mica serve's --config names. */
#ifndef CLI_SERVE_CONFIG_H
#define CLI_SERVE_CONFIG_H

#include "serve/server.h"

/* Settings of the file that are not options. */
extern const char *const serve_config_words[];

/* "NAME=FILE", or a file that is called NAME.something; loads it as that name's version 1. */
mica_status serve_file(server *s, const char *argument, mica_error *err);
/* Loads the models that `config` names and `before` (NULL: nothing) did not name with the same
 * settings, takes out those that only `before` names, then sets the rules of traffic. Where one
 * fails, what was done until then stays. Errors name the model. */
mica_status serve_configured(server *s, const json_t *config, const json_t *before,
                             mica_error *err);

#endif
