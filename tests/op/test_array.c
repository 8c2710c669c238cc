/* Array ops: against NumPy, and errors, unknown extents, views, empty tensors, many inputs. */
#include "op/array.h"
#include "recorded.h"

static void call(const char *op, const json_t *a, mica_tensor *const *in, int inputs,
                 mica_tensor **out) {
    int64_t p[8] = {0}, q[8] = {0}, r[8] = {0}, axis = integer(a, "axis");
    if (!strcmp(op, "transpose")) out[0] = mica_transpose(in[0], axes_argument(a));
    else if (!strcmp(op, "expand_dims")) out[0] = mica_expand_dims(in[0], axis);
    else if (!strcmp(op, "squeeze")) out[0] = mica_squeeze(in[0], axes_argument(a));
    else if (!strcmp(op, "broadcast_to")) {
        mica_shape shape = {0};
        shape.rank = integers(a, "shape", shape.dims);
        out[0] = mica_broadcast_to(in[0], shape);
    } else if (!strcmp(op, "slice")) {
        int n = integers(a, "begin", p);
        integers(a, "end", q), integers(a, "step", r);
        out[0] = mica_slice(in[0], n, p, q, r);
    } else if (!strcmp(op, "concatenate")) out[0] = mica_concatenate(in, inputs, axis);
    else if (!strcmp(op, "stack")) out[0] = mica_stack(in, inputs, axis);
    else if (!strcmp(op, "split")) mica_split(in[0], axis, p, integers(a, "sizes", p), out);
    else if (!strcmp(op, "tile")) out[0] = mica_tile(in[0], p, integers(a, "repeats", p));
    else if (!strcmp(op, "pad")) {
        int n = integers(a, "low", p);
        integers(a, "high", q);
        out[0] = mica_pad(in[0], n, p, q, (mica_pad_mode)integer(a, "mode"),
                          (double)integer(a, "value"));
    } else if (!strcmp(op, "gather")) out[0] = mica_gather(in[0], in[1], axis);
    else if (!strcmp(op, "one_hot"))
        out[0] = mica_one_hot(in[0], integer(a, "depth"), MICA_FLOAT32);
    else fail_msg("no call for %s", op);
}

TEST(array_ops_agree_with_numpy) { run_recorded("array", call, 1e-9); }

/* 0, 1, 2 … in a shape. */
static mica_tensor *counting(mica_shape shape) {
    float values[64];
    for (int i = 0; i < 64; i++) values[i] = (float)i;
    return mica_tensor_new(ctx, MICA_FLOAT32, shape, values);
}

static void expect(mica_tensor *t, const char *shape, const float *values) {
    mica_error err = {0};
    ASSERT_OK(mica_check(ctx, &err));
    char text[128];
    float found[64];
    shape_format(&t->shape, text);
    assert_string_equal(text, shape);
    size_t n = (size_t)mica_tensor_size(t);
    ASSERT_OK(mica_tensor_read(t, MICA_FLOAT32, found, n * sizeof *found, &err));
    ASSERT_CLOSE(found, values, n, 0);
}

TEST(reshape_finds_what_is_left) {
    const float all[] = {0, 1, 2, 3, 4, 5};
    expect(mica_reshape(counting(MICA_SHAPE(2, 3)), MICA_SHAPE(3, -1)), "(3, 2)", all);
    expect(mica_reshape(counting(MICA_SHAPE(1)), MICA_SCALAR), "()", all);
    expect(mica_reshape(counting(MICA_SHAPE(0, 3)), MICA_SHAPE(3, -1)), "(3, 0)", all);
    ASSERT_POISON(
        mica_reshape(counting(MICA_SHAPE(2, 3)), MICA_SHAPE(4, -1)), MICA_SHAPE,
        "reshape: cannot reshape (2, 3) to (4, None): 6 elements, expected a multiple of 4");
    ASSERT_POISON(mica_reshape(counting(MICA_SHAPE(2, 3)), MICA_SHAPE(7)), MICA_SHAPE,
                  "cannot reshape (2, 3) to (7,): 6 elements, expected 7");
    ASSERT_POISON(mica_reshape(counting(MICA_SHAPE(2, 3)), MICA_SHAPE(-1, -1)), MICA_SHAPE,
                  "axis 1 is -1, expected 0 or more, or one -1");
}

/* Views of views share bytes; what needs a copy gets one. */
TEST(views_of_views_read_the_right_elements) {
    mica_tensor *x = counting(MICA_SHAPE(2, 3, 4));
    mica_tensor *t = mica_transpose(x, MICA_AXES(2, 0, 1)); /* (4, 2, 3) */
    mica_tensor *s = mica_slice(t, 2, (int64_t[]){3, 1}, (int64_t[]){0, 2}, (int64_t[]){-2, 1});
    expect(s, "(2, 1, 3)", (float[]){15, 19, 23, 13, 17, 21});
    expect(mica_reshape(s, MICA_SHAPE(3, 2)), "(3, 2)", (float[]){15, 19, 23, 13, 17, 21});
    expect(mica_squeeze(s, MICA_ALL_AXES), "(2, 3)", (float[]){15, 19, 23, 13, 17, 21});
    expect(mica_broadcast_to(mica_slice(x, 3, (int64_t[]){0, 0, 1}, (int64_t[]){1, 1, 2}, NULL),
                             MICA_SHAPE(1, 2, 2)),
           "(1, 2, 2)", (float[]){1, 1, 1, 1});
    expect(
        mica_add(s, mica_expand_dims(mica_reshape(counting(MICA_SHAPE(3)), MICA_SHAPE(1, 3)), 0)),
        "(2, 1, 3)", (float[]){15, 20, 25, 13, 18, 23});
}

TEST(slices_may_be_empty) {
    mica_tensor *x = counting(MICA_SHAPE(2, 3));
    expect(mica_slice(x, 1, (int64_t[]){2}, NULL, NULL), "(0, 3)", NULL);
    expect(mica_slice(x, 2, NULL, (int64_t[]){MICA_END, -3}, NULL), "(2, 0)", NULL);
    ASSERT_POISON(mica_slice(x, 1, NULL, NULL, (int64_t[]){0}), MICA_SHAPE,
                  "slice: step 0 along axis 0");
    ASSERT_POISON(mica_slice(x, 3, NULL, NULL, NULL), MICA_SHAPE,
                  "slice: 3 begins, 2 ends, 2 steps, expected 2");
}

TEST(gather_names_an_index_out_of_range) {
    mica_tensor *x = counting(MICA_SHAPE(2, 3));
    mica_tensor *i = mica_tensor_new(ctx, MICA_INT32, MICA_SHAPE(2), (int32_t[]){1, 3});
    ASSERT_POISON(mica_gather(x, i, 1), MICA_VALUE, "gather: index 3 at place 1, expected -3 to 2");
    ASSERT_POISON(mica_gather(x, x, 1), MICA_TYPE,
                  "gather: indices are float32, expected an integer type");
    ASSERT_POISON(mica_gather(x, i, 2), MICA_SHAPE,
                  "gather: axis 2, expected one of the 2 axes (-2 to 1)");
    expect(mica_gather(x, mica_tensor_new(ctx, MICA_INT8, MICA_SHAPE(0), NULL), 0), "(0, 3)", NULL);
}

TEST(concatenate_takes_any_number_of_tensors) {
    mica_tensor *parts[200];
    for (int i = 0; i < 200; i++) parts[i] = mica_full(ctx, MICA_INT32, MICA_SHAPE(1, 2), i);
    mica_tensor *y = mica_concatenate(parts, 200, 0);
    const int32_t *values = mica_tensor_data(y);
    assert_int_equal(mica_tensor_size(y), 400);
    for (int i = 0; i < 400; i++) assert_int_equal(values[i], i / 2);
    parts[3] = mica_full(ctx, MICA_INT32, MICA_SHAPE(1, 3), 0);
    ASSERT_POISON(mica_concatenate(parts, 4, 0), MICA_SHAPE,
                  "concatenate: tensor 3 has shape (1, 3), expected (None, 2)");
    parts[3] = mica_full(ctx, MICA_FLOAT32, MICA_SHAPE(1, 2), 0);
    ASSERT_POISON(mica_concatenate(parts, 4, 0), MICA_TYPE,
                  "concatenate: tensor 3 is float32, expected int32");
}

TEST(split_names_what_does_not_fit) {
    mica_tensor *x = counting(MICA_SHAPE(2, 6)), *out[9];
    mica_split(x, 1, NULL, 4, out);
    ASSERT_POISON(out[0], MICA_SHAPE, "split: 6 elements do not divide into 4 equal parts");
    mica_split(x, 1, (int64_t[]){2, 3}, 2, out);
    ASSERT_POISON(out[1], MICA_SHAPE, "split: extents that sum to 5, expected 6");
    mica_split(x, 1, NULL, 9, out);
    ASSERT_POISON(out[8], MICA_SHAPE, "split: 9 parts, expected 1 to 8");
}

TEST(pad_names_what_does_not_fit) {
    mica_tensor *x = counting(MICA_SHAPE(2, 3));
    ASSERT_POISON(mica_pad(x, 1, (int64_t[]){2}, NULL, MICA_PAD_REFLECT, 0), MICA_SHAPE,
                  "pad: padding (2, 0) of axis 0, expected at most 1");
    ASSERT_POISON(mica_pad(x, 1, (int64_t[]){-1}, NULL, MICA_PAD_CONSTANT, 0), MICA_SHAPE,
                  "pad: padding (-1, 0) of axis 0, expected 0 or more");
    expect(mica_pad(x, 1, NULL, (int64_t[]){1}, MICA_PAD_CONSTANT, 9), "(3, 3)",
           (float[]){0, 1, 2, 3, 4, 5, 9, 9, 9});
}

TEST(filling_takes_shape_and_dtype) {
    mica_tensor *x = counting(MICA_SHAPE(2, 2));
    expect(mica_iota(x, -1, MICA_INT32), "(2, 2)", (float[]){0, 1, 0, 1});
    expect(mica_fill_like(x, 2.5), "(2, 2)", (float[]){2.5, 2.5, 2.5, 2.5});
    expect(sum_to_like(counting(MICA_SHAPE(2, 3)), counting(MICA_SHAPE(3))), "(3,)",
           (float[]){3, 5, 7});
    assert_ptr_equal(sum_to_like(x, x), x);
}

/* The first output's shape for given input shapes, or "error". */
static void infer(const op *o, const void *attrs, int inputs, const shape *in,
                  const char *expected) {
    operand operands[4], out[MAX_OUTPUTS] = {{0}};
    char text[128] = "error";
    for (int i = 0; i < inputs; i++) operands[i] = (operand){.dtype = MICA_FLOAT32, .shape = in[i]};
    shape_frame f = {o, attrs, inputs, o->outputs, operands, out, NULL};
    if (o->shape(&f) == MICA_OK) shape_format(&out[0].shape, text);
    assert_string_equal(text, expected);
}

TEST(shape_rules_keep_unknown_extents_unknown) {
    const shape x[] = {{3, {-1, 4, 6}}, {3, {-1, 4, 6}}};
    infer(&op_reshape, &(dims_attrs){{3, {-1, 3, 8}}}, 1, x, "(None, 3, 8)");
    infer(&op_reshape, &(dims_attrs){{2, {5, 24}}}, 1, x, "(5, 24)");
    infer(&op_flatten, NULL, 1, x, "(None, 24)");
    infer(&op_squeeze, &(dims_attrs){{1, {0}}}, 1, x, "(4, 6)");
    infer(&op_squeeze, &(dims_attrs){{1, {1}}}, 1, x, "error");
    infer(&op_broadcast_to, &(dims_attrs){{4, {2, -1, 4, 6}}}, 1, x, "(2, None, 4, 6)");
    infer(&op_concatenate, &(along_attrs){0}, 2, x, "(None, 4, 6)");
    infer(&op_concatenate, &(along_attrs){1}, 2, x, "(None, 8, 6)");
    infer(&op_slice, &(slice_attrs){{3, {1, 0, 0}}, {3, {2, 2, MICA_END}}, {3, {1, 1, -1}}}, 1, x,
          "(None, 2, 1)");
    infer(&op_tile, &(dims_attrs){{3, {2, 2, 1}}}, 1, x, "(None, 8, 6)");
    infer(&op_sum_to_like, NULL, 2, (shape[]){{2, {-1, 3}}, {1, {3}}}, "(3,)");
    infer(&op_sum_to_like, NULL, 2, (shape[]){{2, {-1, 3}}, {2, {-1, 3}}}, "(None, 3)");
    infer(&op_broadcast_like, NULL, 2, (shape[]){{1, {3}}, {2, {-1, 3}}}, "(None, 3)");
    infer(&op_stack, &(along_attrs){1}, 2, x, "(None, 2, 4, 6)");
}

RUN_WITH_CONTEXT(UNIT(array_ops_agree_with_numpy), UNIT(reshape_finds_what_is_left),
                 UNIT(views_of_views_read_the_right_elements), UNIT(slices_may_be_empty),
                 UNIT(gather_names_an_index_out_of_range),
                 UNIT(concatenate_takes_any_number_of_tensors), UNIT(split_names_what_does_not_fit),
                 UNIT(pad_names_what_does_not_fit), UNIT(filling_takes_shape_and_dtype),
                 UNIT(shape_rules_keep_unknown_extents_unknown))
