/* What Keras recorded of constraints, regularizers, schedules and initializers; and that each of
 * the tables has a case. */
#include "mica/mica.h"
#include "part/constraint.h"
#include "part/initializer.h"
#include "part/regularizer.h"
#include "part/schedule.h"
#include "support/exceptions.h"
#include "support/in_context.h"
#include "support/recorded.h"

static json_t *tree;

static int open_tree(void **state) {
    tree = recorded_json("parts.json");
    return open_context(state);
}
static int close_tree(void **state) {
    json_decref(tree);
    return close_context(state);
}

#define FOR_EACH_CASE(key, item, text)                                                             \
    for (size_t i_ = 0; i_ < json_array_size(json_object_get(tree, key)); i_++)                    \
        for (const json_t *item = json_array_get(json_object_get(tree, key), i_); item;            \
             item = NULL)                                                                          \
            for (char *text = config_of(item); text; free(text), text = NULL)

/* {"class_name", "config"} of a case as text. */
static char *config_of(const json_t *item) {
    json_t *own = recorded_class(item);
    char *text = config_text(own);
    json_decref(own);
    return text;
}

static mica_tensor *weights(void) {
    return recorded_numbers(ctx, MICA_FLOAT32, json_object_get(tree, "weights"));
}

TEST(constraints_equal_keras) {
    FOR_EACH_CASE("constraints", item, text)
    assert_tensor_close(constrain(text, weights()),
                        recorded_numbers(ctx, MICA_FLOAT32, json_object_get(item, "value")), 1e-5,
                        text);
}

static void expect_close(const char *what, double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance * fmax(1, fabs(expected))))
        fail_msg("%s is %.9g, expected %.9g", what, found, expected);
}

TEST(regularizers_equal_keras) {
    FOR_EACH_CASE("regularizers", item, text)
    expect_close(text, mica_tensor_item(regularize(text, weights())),
                 json_number_value(json_object_get(item, "value")), 1e-5);
}

TEST(schedules_equal_keras) {
    size_t i;
    json_t *step;
    FOR_EACH_CASE("schedules", item, text)
    json_array_foreach(json_object_get(tree, "steps"), i, step) {
        mica_tensor *at = mica_scalar(ctx, MICA_FLOAT32, json_number_value(step));
        double expected = json_number_value(json_array_get(json_object_get(item, "rates"), i));
        expect_close(text, mica_tensor_item(scheduled(text, at)), expected, 1e-6);
    }
}

static shape dims_of(const json_t *list) {
    shape s = {(int)json_array_size(list), {0}};
    for (int i = 0; i < s.rank; i++)
        s.dims[i] = (int64_t)json_integer_value(json_array_get(list, (size_t)i));
    return s;
}

static mica_tensor *initial(const char *text, const shape *s) {
    mica_tensor *out;
    ASSERT_OK(initialize(ctx, text, 7, MICA_FLOAT32, s, &out, &err));
    return out;
}

/* Two times 38400 draws: means within 5 of their deviations; ends that are limits, or tails. */
static void compare_draws(const char *text, const json_t *recorded) {
    shape s = dims_of(json_object_get(tree, "shape"));
    const int64_t n = shape_size(&s);
    float *x = calloc((size_t)n, sizeof *x);
    ASSERT_OK(mica_tensor_read(initial(text, &s), MICA_FLOAT32, x, (size_t)n * 4, &err));
    double sum = 0, squares = 0, least = x[0], greatest = x[0];
    for (int64_t i = 0; i < n; i++) {
        sum += (double)x[i];
        least = fmin(least, (double)x[i]), greatest = fmax(greatest, (double)x[i]);
    }
    for (int64_t i = 0; i < n; i++) squares += pow((double)x[i] - sum / (double)n, 2);
    free(x);
    double deviation = json_number_value(json_object_get(recorded, "deviation"));
    double within = 5 * deviation * sqrt(2 / (double)n);
    const struct {
        const char *name;
        double found, tolerance;
    } numbers[] = {{"mean", sum / (double)n, within},
                   {"deviation", sqrt(squares / (double)n), within},
                   {"least", least, deviation},
                   {"greatest", greatest, deviation}};
    for (size_t i = 0; i < LENGTH(numbers); i++) {
        double expected = json_number_value(json_object_get(recorded, numbers[i].name));
        if (!(fabs(numbers[i].found - expected) <= numbers[i].tolerance))
            fail_msg("%s: %s is %g, Keras's %g", text, numbers[i].name, numbers[i].found, expected);
    }
}

/* A A^T or A^T A, whichever is smaller: what draws of orthogonal weights have in common. */
static mica_tensor *products(mica_tensor *w) {
    int64_t columns = w->shape.dims[w->shape.rank - 1], rows = shape_size(&w->shape) / columns;
    mica_tensor *a = mica_reshape(w, MICA_SHAPE(rows, columns));
    mica_tensor *t = mica_transpose(a, MICA_ALL_AXES);
    return rows <= columns ? mica_matmul(a, t) : mica_matmul(t, a);
}

TEST(initializers_equal_keras) {
    FOR_EACH_CASE("initializers", item, text) {
        const json_t *value = json_object_get(item, "value"),
                     *product = json_object_get(item, "products");
        const json_t *dims = json_object_get(value ? value : item, value ? "shape" : "dims");
        shape s = dims_of(dims);
        if (value)
            assert_tensor_close(initial(text, &s), recorded_numbers(ctx, MICA_FLOAT32, value), 0,
                                text);
        else if (product)
            assert_tensor_close(products(initial(text, &s)),
                                recorded_numbers(ctx, MICA_FLOAT32, product), 2e-5, text);
        else compare_draws(text, json_object_get(item, "statistics"));
    }
}

static void expect_all(const char *key, kinds all) {
    for (kinds k = all; *k; k++) {
        bool found = false;
        FOR_EACH_CASE(key, item, text)
        found |= kind_find(all, json_string_value(json_object_get(item, "class_name"))) == *k;
        EXPECT_FOUND(found, key, (*k)->name, "tools/record_trainings.py");
    }
}

TEST(every_part_is_recorded) {
    expect_all("constraints", KINDS(all_constraints));
    expect_all("regularizers", KINDS(all_regularizers));
    expect_all("schedules", KINDS(all_schedules));
    expect_all("initializers", KINDS(all_initializers));
}

#define WITH_TREE(name) cmocka_unit_test_setup_teardown(name, open_tree, close_tree)

RUN_TESTS(WITH_TREE(constraints_equal_keras), WITH_TREE(regularizers_equal_keras),
          WITH_TREE(schedules_equal_keras), WITH_TREE(initializers_equal_keras),
          WITH_TREE(every_part_is_recorded))
