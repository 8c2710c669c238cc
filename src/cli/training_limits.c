/* mica train: what is checked before the first epoch, so that nothing is lost after the last one.
 * See training.h. */
#include "cli/training.h"

#include "base/file.h"
#include "base/parallel.h"
#include "format/format.h"
#include "train/bind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIB 1048576.0

/* "1.2 MiB", "12.0 KiB". */
static const char *bytes_text(double bytes, char out[32]) {
    if (bytes < MIB) snprintf(out, 32, "%.1f KiB", bytes / 1024);
    else snprintf(out, 32, "%.1f MiB", bytes / MIB);
    return out;
}

/* ---- the output's path ---- */

mica_status check_output(const char *path, mica_error *err) {
    mica_status status = output_check(path, err);
    return status == MICA_OK ? status : fail_within(err, status, "output");
}

/* ---- memory ---- */

static int64_t bytes_of_model(const mica_model *m, bool trainable_only) {
    int64_t bytes = 0;
    for (size_t i = 0; i < m->layer_count; i++)
        for (size_t k = 0; k < m->layers[i]->weight_count; k++) {
            const weight *w = &m->layers[i]->weights[k];
            if (trainable_only && (!w->trainable || w->variable->variable->frozen)) continue;
            bytes += mica_tensor_size(w->variable) * (int64_t)mica_dtype_size(w->variable->dtype);
        }
    return bytes;
}

static int64_t bytes_of_slots(const mica_model *m) {
    const mica_optimizer *o = m->compiled.optimizer;
    int64_t each = o->slots_each, bytes = bytes_of_model(m, true);
    if (!o->count) /* not made yet */
        each = slots_wanted(o);
    return each * bytes;
}

/* The step's plan, compiled as fit will ask for it. */
static mica_status plan_of_step(training *t, const plan **out, int64_t *fed_bytes,
                                mica_error *err) {
    step_program *p;
    feed feeds[MAX_COLUMNS];
    shape shapes[MAX_PROGRAM_INPUTS];
    recipe *r = &t->recipe;
    bool weighted = t->class_weights || r->balanced_classes ||
                    dataset_column(t->train, COLUMN_WEIGHT, 0) >= 0;
    int64_t rows = mica_dataset_size(t->train), batch = batch_for(t->model, r->batch_size);
    if (rows < batch && rows > 0 && !model_batch(t->model)) batch = rows;
    TRY(bind_data(t->model, STEP_TRAIN, t->train, weighted, true, &p, feeds, err));
    *fed_bytes = 0;
    for (int i = 0; i < p->inputs; i++) {
        shapes[i] = p->shape[i];
        shapes[i].dims[0] = batch;
        *fed_bytes += (int64_t)feeds[i].row_bytes * batch;
    }
    return function_plan(p->function, shapes, out, err);
}

/* The layer that makes most numbers of a sample, for messages. */
static void largest_output(const mica_model *m, char out[256]) {
    double most = -1;
    for (size_t i = 0; i < m->node_count; i++) {
        const shape *s = &m->nodes[i].out[0];
        double size = 1;
        char text[128];
        for (int k = 1; k < s->rank; k++) size *= s->dims[k] > 0 ? (double)s->dims[k] : 1;
        if (size <= most) continue;
        most = size;
        shape_format(s, text);
        snprintf(out, 256, "the largest output is %s of layer %s", text, m->nodes[i].layer->name);
    }
}

static mica_status fail_step(const training *t, mica_error *err) {
    char largest[256] = "";
    largest_output(t->model, largest);
    return fail_within(
        err, MICA_MEMORY,
        "a step of batch size %lld (%s) is too large: choose a smaller batch size or "
        "a smaller model",
        (long long)t->recipe.batch_size, largest);
}

/* What the step will touch that is not touched yet: arena, scratch, batches, the optimizer's slots.
 */
static mica_status check_memory(training *t, mica_error *err) {
    const plan *step;
    int64_t fed, available = memory_available();
    mica_status status = plan_of_step(t, &step, &fed, err);
    if (status == MICA_MEMORY) return fail_step(t, err);
    if (status != MICA_OK) return status;
    int64_t arena = (int64_t)plan_arena_bytes(step), scratch = (int64_t)plan_scratch_bytes(step);
    t->predicted_bytes = arena + scratch + fed + bytes_of_slots(t->model);
    if (t->predicted_bytes <= available) return MICA_OK;
    char largest[256] = "";
    largest_output(t->model, largest);
    return fail(err, MICA_MEMORY,
                "a step of batch size %lld needs %.0f MiB of memory, %.0f MiB are free: "
                "choose a smaller batch size or a smaller model (%s)",
                (long long)t->recipe.batch_size, (double)t->predicted_bytes / MIB,
                (double)available / MIB, largest);
}

/* ---- disk ---- */

static mica_status check_disk(const training *t, mica_error *err) {
    const char *path = t->recipe.output, *slash = strrchr(path, '/');
    char folder[4096] = ".", need[32], there[32];
    struct statvfs disk;
    struct rlimit limit;
    if (slash) snprintf(folder, sizeof folder, "%.*s", (int)(slash - path + 1), path);
    double file = (double)(bytes_of_model(t->model, false) + bytes_of_slots(t->model)) + 65536;
    double needed = 3 * file; /* model and checkpoint, and one of them beside its new version */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        (double)limit.rlim_cur < file)
        return fail(err, MICA_IO, "output %s: %s are needed, the limit of file sizes is %s", path,
                    bytes_text(file, need), bytes_text((double)limit.rlim_cur, there));
    if (statvfs(folder, &disk)) return fail_errno(err, folder, "look at");
    double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    if (free_bytes >= needed) return MICA_OK;
    return fail(err, MICA_IO, "output %s: %s are needed, %s are free on the disk", path,
                bytes_text(needed, need), bytes_text(free_bytes, there));
}

mica_status check_limits(training *t, mica_error *err) {
    TRY(check_memory(t, err));
    return t->o->check ? MICA_OK : check_disk(t, err);
}
