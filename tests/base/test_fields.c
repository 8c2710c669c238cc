#include "base/fields.h"

#include "support/testing.h"

typedef struct thing_options {
    int64_t units, size[2];
    double rate;
    bool fast, no_bias;
    const char *mode, *initializer;
    field_dims shape;
} thing_options;

static const char *const modes[] = {"same", "valid", NULL};
static const field fields[] = {
    INTEGER(thing_options, units, REQUIRED, .min = 1, .help = "width"),
    INTEGERS(thing_options, size, 2, DEFAULT(3), .min = 1, .help = "extents"),
    REAL(thing_options, rate, DEFAULT(0.9), .min = 0, .max = 1, .help = "rate"),
    BOOLEAN(thing_options, fast, .help = "fast"),
    NEGATED(thing_options, no_bias, "use_bias", .help = "bias"),
    TEXT(thing_options, mode, "valid", .choices = modes, .help = "mode"),
    CONFIG(thing_options, initializer, "zeros", .help = "initial values"),
    DIMS(thing_options, shape, NULLABLE, .help = "shape"),
    END_OF_FIELDS,
};

static arena a;

static int free_arena(void **state) {
    arena_free(&a);
    return 0;
}

static mica_status read_text(const char *text, thing_options *o, mica_error *err) {
    *o = (thing_options){0};
    json_t *config = json_loads(text, 0, NULL);
    assert_non_null(config);
    mica_status status = fields_read(fields, o, config, &a, NULL, "thing one", err);
    json_decref(config);
    return status;
}

TEST(resolve_fills_defaults_and_real_zeros) {
    mica_error err = {0};
    thing_options o = {.units = 4, .rate = (double)MICA_ZERO, .size = {5}};
    ASSERT_OK(fields_resolve(fields, &o, &a, "thing one", &err));
    assert_true(o.rate == 0);
    assert_true(o.size[0] == 5 && o.size[1] == 5);
    assert_string_equal(o.mode, "valid");
    o = (thing_options){.units = 4};
    ASSERT_OK(fields_resolve(fields, &o, &a, "thing one", &err));
    assert_true(o.rate == 0.9 && o.size[0] == 3 && o.size[1] == 3);
}

TEST(resolve_names_what_is_wrong) {
    mica_error err = {0};
    thing_options none = {0}, low = {.units = -2}, high = {.units = 1, .rate = 1.5},
                  mode = {.units = 1, .mode = "vaild"};
    ASSERT_FAILS(fields_resolve(fields, &none, &a, "thing one", &err), MICA_VALUE,
                 "thing one: units must be given");
    ASSERT_FAILS(fields_resolve(fields, &low, &a, "thing one", &err), MICA_VALUE, "at least 1");
    ASSERT_FAILS(fields_resolve(fields, &high, &a, "thing one", &err), MICA_VALUE,
                 "rate is 1.5, expected 0 to 1");
    ASSERT_FAILS(fields_resolve(fields, &mode, &a, "thing one", &err), MICA_NAME,
                 "did you mean 'valid'");
}

typedef struct lists_options {
    mica_texts parts;
    mica_reals levels;
    mica_shape extents;
    field_dims sizes;
} lists_options;

static const field lists[] = {
    TEXTS(lists_options, parts, .help = "parts"),
    NUMBERS(lists_options, levels, .help = "levels"),
    SHAPE_FIELD(lists_options, extents, .help = "extents"),
    DIMS(lists_options, sizes, .help = "sizes"),
    END_OF_FIELDS,
};

TEST(resolve_refuses_lists_that_count_what_they_have_not) {
    static const struct {
        lists_options given;
        const char *message;
    } cases[] = {
        {{.parts.count = 65}, "lists: parts has 65 texts, expected at most 64"},
        {{.parts.count = -1}, "lists: parts has -1 texts, expected at most 64"},
        {{.parts = {3, {"a", NULL, "b"}}}, "lists: parts: text 1 is NULL"},
        {{.levels.count = 17}, "lists: levels has 17 numbers, expected at most 16"},
        {{.extents.rank = 9}, "lists: extents has 9 dims, expected at most 8"},
        {{.extents.rank = -2}, "lists: extents has -2 dims, expected at most 8"},
        {{.sizes.count = 9}, "lists: sizes has 9 numbers, expected at most 8"},
    };
    mica_error err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lists_options o = cases[i].given;
        ASSERT_FAILS(fields_resolve(lists, &o, &a, "lists", &err),
                     o.extents.rank ? MICA_SHAPE : MICA_VALUE, cases[i].message);
    }
    lists_options full = {.parts = MICA_TEXTS("a", "b"), .levels = MICA_REALS(1, 2)};
    ASSERT_OK(fields_resolve(lists, &full, &a, "lists", &err));
    assert_string_equal(full.parts.values[1], "b");
}

TEST(read_takes_what_files_say) {
    mica_error err = {0};
    thing_options o;
    ASSERT_OK(read_text("{\"units\": 8, \"size\": [1, 2], \"rate\": 0, \"fast\": true, "
                        "\"use_bias\": false, \"mode\": \"same\", \"shape\": [null, 3], "
                        "\"initializer\": {\"class_name\": \"Ones\", \"config\": {}}}",
                        &o, &err));
    assert_true(o.units == 8 && o.size[0] == 1 && o.size[1] == 2 && o.rate == 0 && o.fast);
    assert_true(o.no_bias);
    assert_string_equal(o.mode, "same");
    assert_true(o.shape.count == 2 && o.shape.dims[0] == -1 && o.shape.dims[1] == 3);
    assert_non_null(strstr(o.initializer, "Ones"));
    ASSERT_OK(read_text("{\"units\": 8, \"size\": 7}", &o, &err));
    assert_true(o.size[0] == 7 && o.size[1] == 7 && o.rate == 0.9 && !o.no_bias);
}

TEST(read_refuses_what_does_not_fit) {
    mica_error err = {0};
    thing_options o;
    ASSERT_FAILS(read_text("{\"units\": 8, \"rtae\": 1}", &o, &err), MICA_NAME,
                 "did you mean 'rate'");
    ASSERT_FAILS(read_text("{\"units\": \"8\"}", &o, &err), MICA_TYPE,
                 "units is \"8\", expected an integer");
    ASSERT_FAILS(read_text("{\"units\": 8.5}", &o, &err), MICA_TYPE, "units");
    ASSERT_FAILS(read_text("{\"units\": 8, \"size\": [1, 2, 3]}", &o, &err), MICA_VALUE,
                 "3 numbers, expected 2");
    ASSERT_FAILS(read_text("{\"rate\": 0.5}", &o, &err), MICA_VALUE, "units must be given");
    ASSERT_FAILS(read_text("[1]", &o, &err), MICA_TYPE, "an array, expected an object");
}

TEST(write_then_read_gives_the_same) {
    mica_error err = {0};
    thing_options o = {.units = 4,
                       .rate = (double)MICA_ZERO,
                       .size = {5, 6},
                       .no_bias = true,
                       .shape = {.count = 2, .dims = {-1, 7}}},
                  back = {0};
    ASSERT_OK(fields_resolve(fields, &o, &a, "thing one", &err));
    json_t *config = json_object();
    ASSERT_OK(fields_write(fields, &o, config, &err));
    assert_true(json_is_false(json_object_get(config, "use_bias")));
    ASSERT_OK(fields_read(fields, &back, config, &a, NULL, "thing one", &err));
    assert_true(back.units == 4 && back.rate == 0 && back.size[1] == 6 && back.no_bias);
    assert_true(back.shape.count == 2 && back.shape.dims[0] == -1 && back.shape.dims[1] == 7);
    assert_string_equal(back.mode, "valid");
    json_decref(config);
}

#define CASE(name) cmocka_unit_test_teardown(name, free_arena)
RUN_TESTS(CASE(resolve_fills_defaults_and_real_zeros), CASE(resolve_names_what_is_wrong),
          CASE(resolve_refuses_lists_that_count_what_they_have_not),
          CASE(read_takes_what_files_say), CASE(read_refuses_what_does_not_fit),
          CASE(write_then_read_gives_the_same))
