/* mica init of class folders: how they are split, and of pictures the size that all get and a small
 * network. */
#include "cli/init.h"
#include "data/class_folder.h"

#include <math.h>

/* Sides of what networks of pictures take, and multiples that halve well. */
enum { MOST_ASIDE = 256, STEP = 32, LEAST_AS_THEY_ARE = 16 };

/* ---- the split ---- */

#define VALIDATED 0.2

/* By lot, of every class the same share, where each has files enough on both sides. */
static json_t *split_of(init *i, int64_t rows, int classes, int64_t fewest) {
    const bool stratify = fewest >= 2 && (int64_t)ceil(VALIDATED * (double)rows) >= classes;
    if (!stratify)
        init_warn(i, NULL, "few",
                  "%lld files of %d classes, of the rarest %lld: too few for a share of each to "
                  "validate with",
                  (long long)rows, classes, (long long)fewest);
    return stratify ? json_pack("{s:f, s:b}", "fraction", VALIDATED, "stratify", 1)
                    : json_real(VALIDATED);
}

mica_status init_folder(init *i, json_t *layers, const mica_dataset *d, mica_error *err) {
    int64_t fewest;
    strbuf empty = {0};
    const int filled = class_filled(d->files, &fewest);
    init_classes(i, layers, d->classes);
    i->batch_size = 32;
    i->tests_itself = d->files->has_parts && !i->validation[0];
    if (class_name_empty(d->files, &empty)) /* whoever loads them says it, too */
        json_array_append_new(i->warnings, json_pack("{s:n, s:s, s:s}", "column", "kind", "empty",
                                                     "text", empty.data ? empty.data : ""));
    strbuf_free(&empty);
    if (filled < 2)
        return fail(err, MICA_VALUE, "%s: %s in %d class folder%s, expected folders of two or more",
                    i->spec, d->files->kind->what, filled, filled == 1 ? " alone" : "s");
    i->data = json_pack("{s:o}", "validation_split", split_of(i, d->rows, filled, fewest));
    return MICA_OK;
}

/* ---- the size of pictures ---- */

static double of_side(const json_t *pictures, const char *side, const char *key) {
    return json_number_value(json_object_get(json_object_get(pictures, side), key));
}

static int64_t in_steps(double side, double scale) {
    const int64_t size = STEP * (int64_t)(side * scale / STEP + 0.5);
    return size < STEP ? STEP : size;
}

/* The pictures' own size where all have the same and it is small; else the median one, its longer
 * side at most MOST_ASIDE, in steps of STEP. The reason is said. */
static void choose_size(init *i, const json_t *pictures, int64_t size[2]) {
    static const char *const sides[] = {"height", "width"};
    double least[2], median[2], most[2];
    bool alike = true;
    for (int k = 0; k < 2; k++) {
        least[k] = of_side(pictures, sides[k], "min");
        median[k] = of_side(pictures, sides[k], "median");
        most[k] = of_side(pictures, sides[k], "max");
        alike = alike && least[k] == most[k] && most[k] <= MOST_ASIDE &&
                most[k] >= LEAST_AS_THEY_ARE;
    }
    const double longer = fmax(median[0], median[1]),
                 scale = longer > MOST_ASIDE ? MOST_ASIDE / longer : 1;
    for (int k = 0; k < 2; k++) size[k] = alike ? (int64_t)most[k] : in_steps(median[k], scale);
    const common_options *o = &i->o->common;
    if (alike)
        say(o, "all pictures are %lldx%lld (height x width), and stay so", (long long)size[0],
            (long long)size[1]);
    else
        say(o,
            "pictures of %gx%g to %gx%g (height x width), the median %gx%g: all become %lldx%lld "
            "(the longer side at most %d, in steps of %d); \"input\" in the recipe says otherwise",
            least[0], least[1], most[0], most[1], median[0], median[1], (long long)size[0],
            (long long)size[1], MOST_ASIDE, STEP);
}

mica_status init_pictures(init *i, mica_error *err) {
    mica_dataset *d = NULL;
    json_t *facts = json_object();
    int64_t size[2] = {MOST_ASIDE, MOST_ASIDE};
    mica_status status = dataset_load_with(i->ctx, i->spec, i->given, MICA_TRAIN, &d, err);
    if (status == MICA_OK) status = d->describe(d, facts, err);
    const json_t *pictures = json_object_get(facts, "pictures");
    json_t *layers = json_array();
    if (status == MICA_OK) {
        if (json_is_object(json_object_get(pictures, "height"))) choose_size(i, pictures, size);
        i->model = json_pack("{s:[I, I, i], s:O}", "input", (json_int_t)size[0],
                             (json_int_t)size[1], 3, "layers", layers);
        init_add(layers, "{\"Rescaling\": {\"scale\": 0.00392156862745098}}");
        init_add(layers, "{\"RandomFlip\": {\"mode\": \"horizontal\"}}");
        init_convolutions(layers, size[0] < size[1] ? size[0] : size[1]);
        init_add(layers, "\"GlobalAveragePooling2D\"");
        init_add(layers, "{\"Dense\": {\"units\": 64, \"activation\": \"relu\"}}");
        status = init_folder(i, layers, d, err);
    }
    json_decref(layers);
    json_decref(facts);
    return status;
}
