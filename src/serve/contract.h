/* What a model takes and gives, as clients see it. */
#ifndef SERVE_CONTRACT_H
#define SERVE_CONTRACT_H

#include "serve/inference.h"

/* Names as Keras's: of input layers, of the layers that make the outputs. Texts are in `texts` or
 * the model's, which must outlive the contract. */
mica_status contract_of(const mica_model *m, const char *name, const char *version, arena *texts,
                        contract *out, mica_error *err);

#endif
