/* RandomErasing: in training, with a probability from the range of factor, a rectangle of each
 * image is filled; the shares of its sides are square roots of numbers from the range of scale, its
 * place is random. A pixel is within where its number is. Source: keras.layers.RandomErasing; Zhong
 * et al. (2017). */
#include "layer/augment.h"
#include "op/emit.h"

#include "base/philox.h"

#define OWNER mica_random_erasing_options

static const field random_erasing_fields[] = {
    LAYER_FIELDS(OWNER),
    OPTIONAL_RANGE_FIELD(OWNER, factor, .help = "range of the probability; default 1"),
    OPTIONAL_RANGE_FIELD(OWNER, scale, .help = "of the squares of sides; default 0.02 to 0.33"),
    NUMBERS(OWNER, fill_value, .flags = FIELD_NULLABLE,
            .help = "null: noise; a number; three: a colour"),
    VALUE_RANGE_FIELD(OWNER),
    SEED_FIELD(OWNER),
    SPARED_DATA_FORMAT_FIELD(OWNER),
    END_OF_FIELDS};

static mica_status check(const void *options, const char *what, mica_error *err) {
    const OWNER *o = options;
    TRY(check_value_range(what, &o->value_range, err));
    TRY(check_range(what, "factor", &o->factor, 0, 1, err));
    TRY(check_range(what, "scale", &o->scale, 0, 1, err));
    if (o->fill_value.count == 0 || o->fill_value.count == 1 || o->fill_value.count == 3)
        return MICA_OK;
    return fail(err, MICA_VALUE, "%s: fill_value has %d numbers, expected 1 or 3", what,
                o->fill_value.count);
}

static mica_status complete(mica_layer *l, mica_error *err) {
    OWNER *o = (OWNER *)(void *)l->options;
    default_range(&o->value_range, 0, 255);
    default_range(&o->factor, 1, 1);
    default_range(&o->scale, 0.02, 0.33);
    return MICA_OK;
}

static mica_status build(mica_layer *l, const shape *in, int inputs, mica_error *err) {
    const OWNER *o = OPTIONS_OF(l, random_erasing);
    return o->fill_value.count == 3 ? require_colours(in, o->data_format, false, err) : MICA_OK;
}

/* Which of the numbers along an axis are within: (B, 1, W, 1) of bools. */
static mica_tensor *within(mica_layer *l, layer_frame *f, mica_tensor *x, int axis) {
    const OWNER *o = OPTIONS_OF(l, random_erasing);
    bool rows = axis == height_axis_of(o->data_format, 4);
    int64_t end[4] = {1, 1, 1, 1};
    end[axis] = MICA_END;
    mica_tensor *line = mica_cast(mica_slice(x, 4, NULL, end, NULL), MICA_FLOAT32);
    mica_tensor *place = mica_iota(line, axis, MICA_FLOAT32), *all = extent_of(x, axis);
    mica_tensor *share = mica_sqrt(
        draw_each(l, f, x, o->seed, rows ? "height" : "width", factor_range(&o->scale, 0)));
    mica_tensor *side = mica_multiply(share, all);
    mica_tensor *u = draw_each(l, f, x, o->seed, rows ? "top" : "left", (range){0, 1});
    mica_tensor *first = mica_multiply(u, mica_subtract(all, side));
    return mica_logical_and(mica_greater_equal(place, first),
                            mica_less(place, mica_add(first, side)));
}

static mica_tensor *filling(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_erasing);
    const mica_reals *v = &o->fill_value;
    mica_tensor *y;
    if (v->count == 3) {
        shape s = {4, {1, 1, 1, 1}};
        s.dims[channel_axis_of(o->data_format, 4)] = 3;
        y = mica_cast(mica_tensor_new(x->ctx, MICA_FLOAT64, s, v->values), x->dtype);
    } else if (v->count == 1) {
        y = scalar_like(x, v->values[0]);
    } else {
        uint64_t own = o->seed == NO_INTEGER ? l->key : philox_key((uint64_t)o->seed, "erasing");
        y = noise_normal(f, x, 0, o->value_range.values[1], philox_key(own, "fill"));
    }
    return mica_clip(y, o->value_range.values[0], o->value_range.values[1]);
}

static mica_tensor *erase(mica_layer *l, layer_frame *f, mica_tensor *x) {
    const OWNER *o = OPTIONS_OF(l, random_erasing);
    int axis = height_axis_of(o->data_format, 4);
    mica_tensor *probability = draw_each(l, f, x, o->seed, "probability",
                                         factor_range(&o->factor, 0));
    mica_tensor *u = draw_each(l, f, x, o->seed, "erase", (range){0, 1});
    mica_tensor *box = mica_logical_and(within(l, f, x, axis), within(l, f, x, axis + 1));
    box = mica_logical_and(box, mica_less(u, probability));
    return mica_where(box, filling(l, f, x), x);
}

static void call(mica_layer *l, layer_frame *f) { augment_images(l, f, erase); }

const layer_kind layer_random_erasing = {.name = "RandomErasing",
                                         .fields = random_erasing_fields,
                                         .options_size = sizeof(OWNER),
                                         .ignored = augment_ignored,
                                         .prepares = PREPARES_PICTURES,
                                         .check = check,
                                         .complete = complete,
                                         .build = build,
                                         .call = call,
                                         .min_rank = 3,
                                         .max_rank = 4,
                                         .ends_mask = true};

LAYER_CONSTRUCTOR(random_erasing)
