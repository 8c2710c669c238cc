/* The models and rules of traffic that mica serve's --config names. */
#ifndef CLI_SERVE_CONFIG_H
#define CLI_SERVE_CONFIG_H

#include "serve/server.h"

/* Settings of the file that are not options. */
extern const char *const serve_config_words[];

/* "NAME=FILE", or a file that is called NAME.something; loads it as that name's version 1. */
mica_status serve_file(server *s, const char *argument, mica_error *err);
/* The folder of a repository that "models" names, borrowed; NULL: there is none. */
const char *serve_folder_of(const json_t *config);
/* Loads the models that `config` names and `before` (NULL: nothing) did not name with the same
 * settings, or that are not there; then takes out those that only `before` names. Where one cannot
 * be loaded or something is wrong, nothing changes, rules of traffic included: they may be about
 * models alone that are there then (or, in a repository, come). Of a server of a repository
 * "models" is left alone: it names that. Errors name the model. */
mica_status serve_models_of(server *s, const json_t *config, const json_t *before, mica_error *err);
/* Sets the rules of traffic, which serve_models_of has checked; those that only `before` has go.
 * Errors: MEMORY; the rules of other models are set, or stay. */
mica_status serve_traffic_of(server *s, const json_t *config, const json_t *before,
                             mica_error *err);

#endif
