/* Labels of a batch: see preview_labels.h. */
#include "cli/preview_labels.h"

#include "cli/table.h"

#include <math.h>

/* The classes of a row with the two largest values; of one value the class that it is. */
typedef struct label {
    bool any, number; /* number: value[0] is no class */
    int64_t class[2];
    double value[2];
    bool mixed; /* shares of both */
} label;

/* So little of a class is nothing to be told. */
#define LEAST_SHARE 0.005

static label read_label(const batches *b, const mica_dataset *d, int64_t i) {
    int at = dataset_column(d, COLUMN_TARGET, 0);
    label l = {.value = {-INFINITY, -INFINITY}};
    if (at < 0) return l;
    const column *c = &d->column[at];
    int64_t n = shape_size(&c->shape);
    const char *row = (const char *)b->buffer[at] + (size_t)i * b->feed[at].row_bytes;
    l.any = true;
    for (int64_t k = 0; k < n; k++) {
        double x;
        convert(c->dtype, row + (size_t)k * mica_dtype_size(c->dtype), MICA_FLOAT64, &x, 1);
        if (x > l.value[0]) {
            l.value[1] = l.value[0], l.class[1] = l.class[0];
            l.value[0] = x, l.class[0] = k;
        } else if (x > l.value[1]) l.value[1] = x, l.class[1] = k;
    }
    l.mixed = n > 1 && l.value[0] <= 1 && l.value[1] >= LEAST_SHARE;
    if (n != 1) return l;
    l.number = l.value[0] != floor(l.value[0]) || fabs(l.value[0]) > 1e15;
    if (!l.number) l.class[0] = (int64_t)l.value[0];
    /* a class of two that is mixed: the share of the second one */
    if (l.number && d->classes == 2 && l.value[0] > 0 && l.value[0] < 1) {
        double second = l.value[0];
        bool most = second >= 0.5;
        l = (label){true, false, {most, !most}, {0}, true};
        l.value[0] = most ? second : 1 - second, l.value[1] = 1 - l.value[0];
        l.mixed = l.value[1] >= LEAST_SHARE;
    }
    return l;
}

static const char *name_of(const mica_dataset *d, int64_t class) {
    return class >= 0 && class < d->classes ? mica_dataset_class_name(d, (int)class) : NULL;
}

static bool is_ascii(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text >= 128) return false;
    return true;
}

/* ".62" of 0.62. */
static void add_share(strbuf *out, double share) {
    int hundredths = (int)lrint(100 * share);
    if (hundredths >= 100) strbuf_add(out, " 1");
    else strbuf_add(out, " .%02d", hundredths);
}

static void count_in_legend(json_t *legend, int64_t class, const char *name) {
    json_t *item;
    size_t i;
    json_array_foreach(legend, i, item) {
        json_int_t number = json_integer_value(json_object_get(item, "number"));
        if (number > class) break;
        if (number < class) continue;
        json_int_t count = json_integer_value(json_object_get(item, "count"));
        json_object_set_new(item, "count", json_integer(count + 1));
        return;
    }
    json_array_insert_new(
        legend, i,
        json_pack("{s:I, s:s, s:i}", "number", (json_int_t) class, "name", name, "count", 1));
}

/* legend NULL: names as they are. */
static void add_label(const batches *b, const mica_dataset *d, int64_t i, strbuf *out,
                      json_t *legend) {
    label l = read_label(b, d, i);
    if (!l.any) return;
    if (l.number) {
        strbuf_add(out, "%.4g", l.value[0]);
        return;
    }
    for (int k = 0; k < 1 + l.mixed; k++) {
        const char *name = name_of(d, l.class[k]);
        strbuf_add(out, "%s", k ? (legend ? " " : ", ") : "");
        if (name && legend && !is_ascii(name)) {
            count_in_legend(legend, l.class[k], name);
            name = NULL;
        }
        if (name) strbuf_add(out, "%s", name);
        else strbuf_add(out, "%lld", (long long)l.class[k]);
        if (l.mixed) add_share(out, l.value[k]);
    }
}

void row_label(const batches *b, const mica_dataset *d, int64_t i, char *out, size_t room) {
    strbuf text = {0};
    add_label(b, d, i, &text, NULL);
    snprintf(out, room, "%s", text.data ? text.data : "");
    strbuf_free(&text);
}

void shown_label(const batches *b, const mica_dataset *d, int64_t i, strbuf *out, json_t *legend) {
    add_label(b, d, i, out, legend);
}

void print_legend(const json_t *legend) {
    const json_t *item;
    size_t i;
    table t = {.columns = 3, .right = "rlr"};
    if (!json_array_size(legend)) return;
    table_add(&t, "class"), table_add(&t, "name"), table_add(&t, "count");
    json_array_foreach(legend, i, item) {
        table_add(&t, "%lld", (long long)json_integer_value(json_object_get(item, "number")));
        table_add(&t, "%s", json_string_value(json_object_get(item, "name")));
        table_add(&t, "%lld", (long long)json_integer_value(json_object_get(item, "count")));
    }
    table_print(&t, stdout);
}
