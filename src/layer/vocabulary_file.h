/* Vocabularies in text files, one token a line. */
#ifndef LAYER_VOCABULARY_FILE_H
#define LAYER_VOCABULARY_FILE_H

#include "base/config.h"

/* Everywhere in a layer's or model's config (a layer's name is a key, or "class_name") where a
 * vocabulary is the name of a file, below `folder` unless it is absolute, the file's tokens take
 * its place. Not for configs of foreign model files, which must not say what is read here. */
mica_status vocabularies_from_files(json_t *config, const char *class_name, const char *folder,
                                    mica_error *err);

#endif
