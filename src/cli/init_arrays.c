/* mica init: a recipe for arrays of NumPy and IDX. See init.h. */
#include "cli/init.h"

#include "cli/model_data.h"
#include "data/dataset.h"

#include <stdlib.h>

/* The greatest class of whole numbers, plus one; 0: they are no classes. */
static mica_status count_classes(const mica_dataset *d, int at, int64_t *out, mica_error *err) {
    enum { CHUNK = 4096, MOST = 1000 };
    uint32_t rows[CHUNK];
    double y[CHUNK], greatest = -1;
    *out = 0;
    if (d->column[at].shape.rank && shape_size(&d->column[at].shape) != 1) return MICA_OK;
    for (int64_t done = 0, n; done < d->rows; done += n) {
        n = d->rows - done < CHUNK ? d->rows - done : CHUNK;
        for (int64_t k = 0; k < n; k++) rows[k] = (uint32_t)(done + k);
        TRY(d->gather(d, at, rows, n, MICA_FLOAT64, y, err));
        for (int64_t k = 0; k < n; k++) {
            if (!(y[k] >= 0 && y[k] < MOST) || y[k] != (double)(int64_t)y[k]) return MICA_OK;
            if (y[k] > greatest) greatest = y[k];
        }
    }
    *out = (int64_t)greatest + 1;
    return MICA_OK;
}

/* What targets of several numbers say: numbers, one class of each row as a 1 among zeros, or which
 * of several hold. */
typedef enum target_kind { NUMBERS, ONE_HOT, MULTI_HOT } target_kind;

static mica_status look_at_rows(const mica_dataset *d, int at, double *y, int64_t each,
                                int64_t step, target_kind *out, mica_error *err) {
    uint32_t rows[4096];
    *out = ONE_HOT;
    for (int64_t done = 0, n; done < d->rows; done += n) {
        n = d->rows - done < step ? d->rows - done : step;
        for (int64_t k = 0; k < n; k++) rows[k] = (uint32_t)(done + k);
        TRY(d->gather(d, at, rows, n, MICA_FLOAT64, y, err));
        for (int64_t k = 0; k < n; k++) {
            int64_t ones = 0;
            for (int64_t e = 0; e < each; e++) {
                if (y[k * each + e] != 0 && y[k * each + e] != 1) return *out = NUMBERS, MICA_OK;
                ones += y[k * each + e] != 0;
            }
            if (ones != 1) *out = MULTI_HOT;
        }
    }
    return MICA_OK;
}

static mica_status find_kind(const mica_dataset *d, int at, target_kind *out, mica_error *err) {
    const shape *row = &d->column[at].shape;
    const int64_t each = shape_size(row), step = each < 4096 ? 4096 / each : 1;
    *out = NUMBERS;
    if (row->rank != 1 || each < 2) return MICA_OK;
    double *y = allocate((size_t)(each * step), sizeof *y);
    if (!y) return fail_memory(err, (size_t)(each * step) * sizeof *y, "targets");
    mica_status status = look_at_rows(d, at, y, each, step, out, err);
    free(y);
    return status;
}

/* The last layer, loss and metrics of targets that are no classes by number. */
static void add_head(init *i, json_t *layers, target_kind kind, int64_t units) {
    static const struct {
        const char *activation, *loss, *metric, *text;
    } heads[] = {{NULL, "mean_squared_error", "mae", NULL},
                 {"softmax", "categorical_crossentropy", "accuracy",
                  "y is one class of %lld in each row (a 1 among zeros): softmax, "
                  "categorical_crossentropy"},
                 {"sigmoid", "binary_crossentropy", "binary_accuracy",
                  "y says of %lld things which hold (zeros and ones): sigmoid, "
                  "binary_crossentropy"}};
    json_t *dense = json_pack("{s:I}", "units", (json_int_t)units);
    if (heads[kind].activation)
        json_object_set_new(dense, "activation", json_string(heads[kind].activation));
    json_array_append_new(layers, json_pack("{s:o}", "Dense", dense));
    i->loss = heads[kind].loss;
    i->metrics = json_pack("[s]", heads[kind].metric);
    if (heads[kind].text) say(&i->o->common, heads[kind].text, (long long)units);
}

static json_t *shape_json(const shape *s, bool channel) {
    json_t *list = json_array();
    for (int k = 0; k < s->rank; k++) json_array_append_new(list, json_integer(s->dims[k]));
    if (channel) json_array_append_new(list, json_integer(1));
    return list;
}

mica_status init_arrays(init *i, mica_error *err) {
    mica_dataset *d = NULL;
    int64_t classes = 0;
    target_kind kind;
    TRY(load_model_data(&(data_request){.ctx = i->ctx, .spec = i->spec, .part = MICA_TRAIN}, &d,
                        err));
    i->tests_itself = d->has_parts;
    int y = dataset_column(d, COLUMN_TARGET, 0);
    const column *x = &d->column[dataset_column(d, COLUMN_INPUT, 0)];
    if (y < 0) return fail(err, MICA_VALUE, "%s: it has no y to train on", i->spec);
    TRY(count_classes(d, y, &classes, err));
    TRY(find_kind(d, y, &kind, err));
    json_t *layers = json_array();
    const bool flat_picture = x->shape.rank == 2 && x->dtype == MICA_UINT8,
               picture = flat_picture || x->shape.rank == 3;
    i->model = json_pack("{s:o, s:o}", "input", shape_json(&x->shape, flat_picture), "layers",
                         layers);
    if (x->dtype == MICA_UINT8)
        init_add(layers, "{\"Rescaling\": {\"scale\": 0.00392156862745098}}");
    else if (x->shape.rank == 1) init_add(layers, "\"Normalization\"");
    if (picture && x->shape.dims[0] >= 3 && x->shape.dims[1] >= 3)
        init_convolutions(layers, x->shape.dims[0] < x->shape.dims[1] ? x->shape.dims[0]
                                                                      : x->shape.dims[1]);
    if (x->shape.rank > 1) init_add(layers, "\"Flatten\"");
    init_add(layers, "{\"Dense\": {\"units\": 64, \"activation\": \"relu\"}}");
    if (classes >= 2) init_classes(i, layers, classes);
    else add_head(i, layers, kind, shape_size(&d->column[y].shape));
    i->data = classes >= 2
                  ? json_pack("{s:{s:f, s:b}}", "validation_split", "fraction", 0.1, "shuffle", 1)
                  : json_pack("{s:f}", "validation_split", 0.1);
    i->batch_size = 64;
    return MICA_OK;
}
