/* What one would try next on the MNIST network, and whether it helps: augmentation, Dropout, L2,
 * other optimizers, wider layers; and what to do about classes that are rare. Every variant is
 * trained with several seeds; the table shows the mean of the test accuracies and the 95 % interval
 * of it (Student's t).
 *
 *     build/examples/mnist_improved [EPOCHS [SEEDS]]      (default 3 epochs, 3 seeds) */
#include <mica/mica.h>

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { MOST_SEEDS = 10, CLASSES = 10 };

typedef struct variant {
    const char *name;
    bool augment;
    double dropout;
    const char *regularizer; /* NULL: none */
    int64_t width;           /* filters are width, 2 width, 2 width; 0: 32 */
    const char *optimizer;   /* NULL: Adam */
    enum { ALL_ROWS, UNBALANCED, RESAMPLED, WEIGHTED } rows;
} variant;

#define SGD "{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.05, \"momentum\": 0.9}}"
#define ADAGRAD "{\"class_name\": \"Adagrad\", \"config\": {\"learning_rate\": 0.05}}"
#define L2 "{\"class_name\": \"L2\", \"config\": {\"l2\": 0.0005}}"

static const variant variants[] = {
    {"the classic network"},
    {"augmentation: turned and moved a little", .augment = true},
    {"Dropout 0.3 before the last layer", .dropout = 0.3},
    {"L2 of 0.0005 on the kernels", .regularizer = L2},
    {"SGD with momentum instead of Adam", .optimizer = SGD},
    {"Adagrad instead of Adam", .optimizer = ADAGRAD},
    {"twice as wide", .width = 64},
    {"twice as wide, augmentation, Dropout", .augment = true, .dropout = 0.3, .width = 64},
    {"digits 0 to 4 rare (5 %)", .rows = UNBALANCED},
    {"the same, oversampled", .rows = RESAMPLED},
    {"the same, class weights", .rows = WEIGHTED},
};

/* ---- the data ---- */

/* Every twentieth row of the digits 0 to 4, and all others. */
static mica_status make_unbalanced(mica_context *ctx, mica_dataset *all, mica_dataset **out,
                                   mica_error *err) {
    int64_t rows = mica_dataset_size(all), kept = 0, seen[CLASSES] = {0};
    int64_t *list = malloc(sizeof *list * (size_t)rows);
    mica_tensor *y = mica_dataset_target(all, 0, NULL, rows);
    int32_t *label = malloc(sizeof *label * (size_t)rows);
    mica_status status = mica_tensor_read(y, MICA_INT32, label, sizeof *label * (size_t)rows, err);
    for (int64_t i = 0; i < rows && status == MICA_OK; i++)
        if (label[i] > 4 || seen[label[i]]++ % 20 == 0) list[kept++] = i;
    if (status == MICA_OK) status = mica_dataset_select(all, list, kept, out, err);
    free(list);
    free(label);
    return status;
}

static mica_status rows_of(mica_context *ctx, const variant *v, mica_dataset *all,
                           mica_dataset **out, mica_error *err) {
    *out = all;
    if (v->rows == ALL_ROWS) return MICA_OK;
    MICA_TRY(make_unbalanced(ctx, all, out, err));
    if (v->rows != RESAMPLED) return MICA_OK;
    return mica_dataset_resample(*out, MICA_OPTIONS(resample, .method = "over"), out, err);
}

/* ---- the model ---- */

static void add_conv(mica_context *ctx, mica_model *m, const variant *v, int64_t filters) {
    mica_model_add(m,
                   mica_layer_conv2d(ctx, MICA_OPTIONS(conv2d, .filters = filters,
                                                       .kernel_size = {3, 3}, .activation = "relu",
                                                       .kernel_regularizer = v->regularizer)));
}

static mica_model *make_model(mica_context *ctx, const variant *v) {
    int64_t width = v->width ? v->width : 32;
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(28, 28, 1));
    mica_model_add(m, mica_layer_rescaling(ctx, MICA_OPTIONS(rescaling, .scale = 1.0 / 255)));
    if (v->augment) {
        mica_model_add(m, mica_layer_random_rotation(ctx, MICA_OPTIONS(random_rotation,
                                                                       .factor = MICA_REALS(0.03),
                                                                       .fill_mode = "constant")));
        mica_model_add(
            m, mica_layer_random_translation(
                   ctx, MICA_OPTIONS(random_translation, .height_factor = MICA_REALS(0.07),
                                     .width_factor = MICA_REALS(0.07), .fill_mode = "constant")));
    }
    add_conv(ctx, m, v, width);
    mica_model_add(m, mica_layer_max_pooling2d(ctx, NULL));
    add_conv(ctx, m, v, 2 * width);
    mica_model_add(m, mica_layer_max_pooling2d(ctx, NULL));
    add_conv(ctx, m, v, 2 * width);
    mica_model_add(m, mica_layer_flatten(ctx, NULL));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2 * width, .activation = "relu",
                                              .kernel_regularizer = v->regularizer)));
    if (v->dropout > 0)
        mica_model_add(m, mica_layer_dropout(ctx, MICA_OPTIONS(dropout, .rate = v->dropout)));
    mica_model_add(
        m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = CLASSES, .activation = "softmax")));
    mica_model_compile(
        m, MICA_OPTIONS(compile, .optimizer_name = v->optimizer ? v->optimizer : "adam",
                        .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}));
    return m;
}

/* ---- a training, and all of them ---- */

static mica_status train(const variant *v, int epochs, uint64_t seed, double *accuracy,
                         mica_error *err) {
    mica_context *ctx = mica_open(MICA_OPTIONS(context, .seed = seed));
    mica_dataset *all = mica_load_mnist(ctx, "data/mnist", MICA_TRAIN), *rows;
    mica_dataset *test = mica_load_mnist(ctx, "data/mnist", MICA_TEST);
    mica_results results;
    mica_status status = mica_check(ctx, err);
    if (status == MICA_OK) status = rows_of(ctx, v, all, &rows, err);
    mica_model *model = status == MICA_OK ? make_model(ctx, v) : NULL;
    if (status == MICA_OK)
        status = mica_model_fit(model, rows,
                                MICA_OPTIONS(fit, .epochs = epochs, .batch_size = 64,
                                             .balanced_classes = v->rows == WEIGHTED),
                                NULL, err);
    if (status == MICA_OK) status = mica_model_evaluate(model, test, NULL, &results, err);
    if (status == MICA_OK) *accuracy = mica_result(&results, "accuracy");
    mica_close(&ctx);
    return status;
}

/* Half of the 95 % interval of the mean of n numbers. */
static double half_interval(const double *x, int n, double mean) {
    static const double t[] = {0,     0,     12.706, 4.303, 3.182, 2.776,
                               2.571, 2.447, 2.365,  2.306, 2.262};
    double squares = 0;
    for (int i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? t[n] * sqrt(squares / (n - 1) / n) : NAN;
}

static double seconds(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static mica_status compare(int epochs, int seeds, mica_error *err) {
    double accuracy[MOST_SEEDS];
    printf("%-42s  %-22s  %s\n", "variant", "test accuracy, 95 %", "seconds each");
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        double mean = 0, began = seconds();
        for (int s = 0; s < seeds; s++) {
            MICA_TRY(train(&variants[i], epochs, (uint64_t)s + 1, &accuracy[s], err));
            mean += accuracy[s] / seeds;
        }
        printf("%-42s  %.4f", variants[i].name, mean);
        if (seeds > 1) printf(" +- %.4f", half_interval(accuracy, seeds, mean));
        printf("%*.1f\n", seeds > 1 ? 19 : 29, (seconds() - began) / seeds);
        fflush(stdout);
    }
    return MICA_OK;
}

int main(int argc, char **argv) {
    mica_error err = {0};
    int epochs = argc > 1 ? atoi(argv[1]) : 3, seeds = argc > 2 ? atoi(argv[2]) : 3;
    if (epochs < 1 || seeds < 1 || seeds > MOST_SEEDS) {
        fprintf(stderr, "usage: mnist_improved [EPOCHS [SEEDS, at most %d]]\n", MOST_SEEDS);
        return 2;
    }
    if (compare(epochs, seeds, &err) == MICA_OK) return 0;
    fprintf(stderr, "%s\n", err.message);
    return 1;
}
