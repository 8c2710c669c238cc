/* Checkpoints: one file with all that a training needs to go on, to the same bits. Written aside,
 * synced, renamed: after a kill at any instant the last whole one is there.
 *
 *   "MICACKPT", version (uint32), bytes of JSON (uint64), JSON, tensors one after another, CRC-32
 * of all before (uint32). Little-endian. The JSON lists the tensors (name, dtype, shape), the
 * cursor (epoch, step), sums, history, and the identity: what must be the same to go on. */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "train/fit.h"

mica_status checkpoint_write(const fitting *f, const char *path, mica_error *err);
/* *found false: no such file. Refuses another identity (MISMATCH), a newer version, damage. */
mica_status checkpoint_read(fitting *f, const char *path, bool *found, mica_error *err);

/* Model, compile settings, data, seed, batch size …: a JSON object. */
json_t *fit_identity(const fitting *f, mica_error *err);
/* The path of the first difference ("compile.optimizer.config.learning_rate: 0.1, was 0.01") into
 * text; false: none. */
bool first_difference(const json_t *was, const json_t *is, const char *path, char *text,
                      size_t limit);

#endif
