/* See predict.h. */
#include "cli/predict.h"

#include "base/file.h"
#include "cli/model_data.h"
#include "codec/csv.h"
#include "codec/npz.h"
#include "train/classifier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- all samples ---- */

typedef struct values {
    double *at[MAX_MODEL_OUTPUTS];
    int64_t rows, width[MAX_MODEL_OUTPUTS];
    ranked *ranked; /* room for one sample; NULL: no classes are told */
} values;

static void values_free(const mica_model *m, values *v) {
    for (int i = 0; i < m->output_count; i++) free(v->at[i]);
    free(v->ranked);
}

static mica_status read_values(const prediction *p, values *v, mica_error *err) {
    *v = (values){.rows = mica_tensor_shape(p->outputs[0]).dims[0]};
    for (int i = 0; i < p->model->output_count; i++) {
        int64_t size = mica_tensor_size(p->outputs[i]);
        v->width[i] = v->rows ? size / v->rows : 0;
        v->at[i] = allocate((size_t)size, sizeof(double));
        if (!v->at[i]) return fail_memory(err, (size_t)size * 8, p->name);
        TRY(mica_tensor_read(p->outputs[i], MICA_FLOAT64, v->at[i], (size_t)size * sizeof(double),
                             err));
    }
    bool classes = scores_classes(p->model);
    if (!classes && !p->top) return MICA_OK;
    v->ranked = allocate((size_t)v->width[0] + 1, sizeof *v->ranked);
    return v->ranked ? MICA_OK : fail_memory(err, (size_t)v->width[0], p->name);
}

/* NULL too where the score is no number: the model has no word for these inputs. */
static char *class_of(const prediction *p, const ranked *r) {
    return isnan(r->score) ? NULL : class_name(p->model, r->class);
}

static void print_row(const prediction *p, const values *v, int64_t row, FILE *out) {
    char number[32];
    if (v->rows > 1) fprintf(out, "%s:%lld", p->name, (long long)row);
    else fprintf(out, "%s", p->name);
    if (v->ranked) {
        int64_t count = rank_classes(v->at[0] + row * v->width[0], v->width[0], v->ranked);
        for (int64_t k = 0; k < count && k < (p->top ? p->top : 1); k++) {
            char *name = class_of(p, &v->ranked[k]);
            fprintf(out, "\t%s %.4f", name ? name : "?", plain_nan(v->ranked[k].score));
            free(name);
        }
    }
    for (int i = 0; i < p->model->output_count && !v->ranked; i++)
        for (int64_t k = 0; k < v->width[i]; k++) {
            snprintf(number, sizeof number, "%.7g", plain_nan(v->at[i][row * v->width[i] + k]));
            fprintf(out, "%c%s", k ? ' ' : '\t', number);
        }
    fputc('\n', out);
}

mica_status prediction_print(const prediction *p, FILE *out, mica_error *err) {
    values v;
    mica_status status = read_values(p, &v, err);
    for (int64_t i = 0; i < v.rows && status == MICA_OK; i++) print_row(p, &v, i, out);
    values_free(p->model, &v);
    return status;
}

/* Nested lists, as the output's shape has it. */
static json_t *nested(const double **at, const shape *s, int axis) {
    if (axis == s->rank) return real_json(*(*at)++);
    json_t *list = json_array();
    for (int64_t i = 0; i < s->dims[axis]; i++)
        json_array_append_new(list, nested(at, s, axis + 1));
    return list;
}

static void add_classes(const prediction *p, const values *v, int64_t row, json_t *line) {
    int64_t count = rank_classes(v->at[0] + row * v->width[0], v->width[0], v->ranked);
    json_t *top = json_array();
    for (int64_t k = 0; k < count && k < (p->top ? p->top : 1); k++) {
        char *name = class_of(p, &v->ranked[k]);
        json_array_append_new(top, json_pack("{s:s?, s:I, s:o}", "class", name, "index",
                                             (json_int_t)v->ranked[k].class, "score",
                                             real_json(v->ranked[k].score)));
        free(name);
    }
    json_object_set(line, "class", json_object_get(json_array_get(top, 0), "class"));
    json_object_set(line, "score", json_object_get(json_array_get(top, 0), "score"));
    json_object_set_new(line, "top", top);
}

mica_status prediction_json(const prediction *p, mica_error *err) {
    values v;
    mica_status status = read_values(p, &v, err);
    for (int64_t row = 0; row < v.rows && status == MICA_OK; row++) {
        json_t *line = json_pack("{s:s, s:I}", "input", p->name, "row", (json_int_t)row);
        json_t *outputs = json_array();
        if (v.ranked) add_classes(p, &v, row, line);
        for (int i = 0; i < p->model->output_count; i++) {
            shape s = mica_tensor_shape(p->outputs[i]);
            const double *at = v.at[i] + row * v.width[i];
            json_array_append_new(outputs, nested(&at, &s, 1));
        }
        json_object_set_new(line, "outputs", outputs);
        print_json(line);
    }
    values_free(p->model, &v);
    return status;
}

/* ---- files ---- */

static mica_status write_npz(const mica_model *m, mica_tensor *const *outputs, const char *path,
                             mica_error *err) {
    zip_writer w;
    TRY(zip_begin(&w, path, err));
    mica_status status = MICA_OK;
    for (int i = 0; i < m->output_count && status == MICA_OK; i++) {
        shape s = mica_tensor_shape(outputs[i]);
        status = npz_add(&w, m->nodes[m->outputs[i].node].layer->name,
                         mica_tensor_dtype(outputs[i]), &s, mica_tensor_data(outputs[i]), false,
                         err);
    }
    if (status == MICA_OK) return zip_commit(&w, err);
    zip_cancel(&w);
    return status;
}

/* ---- a CSV: of classifiers class, score and the score of each class; of others the numbers ----
 */

static void put_name(strbuf *out, const char *name) {
    if (out->length) strbuf_put(out, ",", 1);
    csv_put_text(out, name, strlen(name), ',', false);
}

static void csv_header(const prediction *p, const values *v, strbuf *out) {
    const mica_model *m = p->model;
    char text[512];
    if (v->ranked) {
        put_name(out, "class");
        put_name(out, "score");
        int64_t classes = v->width[0] == 1 ? 2 : v->width[0];
        for (int64_t i = 0; i < classes; i++) {
            char *name = class_name(m, i);
            put_name(out, name ? name : "?");
            free(name);
        }
    }
    for (int i = 0; i < m->output_count && !v->ranked; i++)
        for (int64_t k = 0; k < v->width[i]; k++) {
            const char *name = m->nodes[m->outputs[i].node].layer->name;
            snprintf(text, sizeof text, v->width[i] > 1 ? "%s_%lld" : "%s", name, (long long)k);
            put_name(out, text);
        }
    strbuf_put(out, "\n", 1);
}

static void csv_row(const prediction *p, const values *v, int64_t row, strbuf *out) {
    if (v->ranked) {
        const double *scores = v->at[0] + row * v->width[0];
        rank_classes(scores, v->width[0], v->ranked);
        char *name = class_of(p, &v->ranked[0]);
        csv_put_text(out, name ? name : "?", strlen(name ? name : "?"), ',', false);
        free(name);
        strbuf_add(out, ",%.9g", v->ranked[0].score);
        if (v->width[0] == 1) strbuf_add(out, ",%.9g", 1 - scores[0]);
        for (int64_t i = 0; i < v->width[0]; i++) strbuf_add(out, ",%.9g", scores[i]);
    }
    for (int i = 0; i < p->model->output_count && !v->ranked; i++)
        for (int64_t k = 0; k < v->width[i]; k++)
            strbuf_add(out, "%s%.9g", i || k ? "," : "", v->at[i][row * v->width[i] + k]);
    strbuf_put(out, "\n", 1);
}

static mica_status write_csv(mica_model *m, mica_tensor **outputs, const char *path,
                             mica_error *err) {
    prediction p = {.model = m, .outputs = outputs, .name = path};
    values v;
    strbuf out = {0};
    mica_status status = read_values(&p, &v, err);
    if (status == MICA_OK) csv_header(&p, &v, &out);
    for (int64_t i = 0; i < v.rows && status == MICA_OK; i++) csv_row(&p, &v, i, &out);
    if (status == MICA_OK && out.failed) status = fail_no_memory(err, path);
    if (status == MICA_OK) status = file_replace(path, out.data, out.length, err);
    strbuf_free(&out);
    values_free(m, &v);
    return status;
}

static bool ends_in(const char *path, const char *ending) {
    size_t n = strlen(path), e = strlen(ending);
    return n > e && !strcasecmp(path + n - e, ending);
}

mica_status write_outputs(mica_model *m, mica_tensor **outputs, const char *path, mica_error *err) {
    shape s = mica_tensor_shape(outputs[0]);
    if (ends_in(path, ".csv")) return write_csv(m, outputs, path, err);
    if (ends_in(path, ".npz")) return write_npz(m, outputs, path, err);
    if (!ends_in(path, ".npy"))
        return fail(err, MICA_VALUE, "--output %s: expected a name that ends in .csv, .npy or .npz",
                    path);
    if (m->output_count > 1)
        return fail(err, MICA_VALUE,
                    "--output %s: the model has %d outputs: give a name that ends in .npz", path,
                    m->output_count);
    return npy_write(path, mica_tensor_dtype(outputs[0]), &s, mica_tensor_data(outputs[0]), err);
}
