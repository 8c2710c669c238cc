/* Saving and loading models: Keras .h5 (architecture, weights, compile settings, optimizer state,
 * the card). What mica writes, Keras 3 and tf_keras open; what they write, mica opens. */
#ifndef MICA_FORMAT_H
#define MICA_FORMAT_H

#include "mica/model.h"

MICA_API_BEGIN

/* Saves by the ending of the path (.h5). The old file stays until the new one is whole. Errors: IO,
 * UNSUPPORTED for an ending that no format has. Source: keras.Model.save. */
mica_status mica_model_save(mica_model *model, const char *path, mica_error *err);
/* Loads a model; the kind is found by content. Compiled where the file holds compile settings.
 * Source: keras.models.load_model. */
mica_status mica_model_load(mica_context *ctx, const char *path, mica_model **model,
                            mica_error *err);
/* Saves only the weights, in the .h5 that load_weights of Keras 3, of tf_keras and of this library
 * read. Errors: as mica_model_save; UNSUPPORTED for .weights.h5, where Keras 3 wants another
 * layout. Source: keras.Model.save_weights. */
mica_status mica_model_save_weights(mica_model *model, const char *path, mica_error *err);
/* Reads only the weights into a model that is built, by the order of layers. Source:
 * keras.Model.load_weights. */
mica_status mica_model_load_weights(mica_model *model, const char *path, mica_error *err);

MICA_API_END

#endif
