/* NULL for each pointer of each public function in turn, and in each array of pointers, the others
 * good: nothing crashes, and a handle that is missing is a failure (api.h says which). The calls
 * are generated from the headers (tools/write_null_calls.py) and made in processes of their own. */
#include "layer/layer.h"
#include "mica/mica.h"
#include "support/folder.h"
#include "support/testing.h"
#include "table/table.h"
#include "tensor/tensor.h"

#include <signal.h>
#include <sys/wait.h>

typedef struct null_call {
    const char *function, *parameter, *type, *result;
    int (*call)(void);
    int held; /* 0: NULL is given; 1, 2: an array whose first or second element is NULL */
} null_call;

#define NO_RESULT (-1)
#define POISON_RESULT (-2)
#define NULL_RESULT (-3)
#define GOOD_RESULT (-4)

static mica_context *ctx;
static mica_tensor *x, *outs[16], *list[16];
static mica_layer *layer;
static mica_model *model, *made_model;
static mica_dataset *dataset, *made_dataset;
static mica_optimizer *optimizer;
static mica_function *function;
static mica_predictor *predictor, *made_predictor;
static mica_session *session, *made_session;
static mica_table *table, *made_table;
static mica_batches *some_batches, *made_batches;
static mica_client *some_client; /* of a port that nobody listens on */
static mica_error error;
static char text[256];

static void do_nothing(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {}

static void give_back(void *user, mica_context *c, mica_tensor *const *in, mica_tensor **out) {
    out[0] = in[0];
}

static mica_status map_nothing(const mica_sample *in, const mica_sample *out, void *user,
                               mica_error *err) {
    return MICA_OK;
}

static mica_status keep_all(const mica_sample *in, bool *keep, void *user, mica_error *err) {
    return MICA_OK;
}

static mica_status make_none(const mica_sample *out, bool *end, void *user, mica_error *err) {
    *end = true;
    return MICA_OK;
}

#define CHAR_P "x"
#define CHAR_PP ((const char *[]){"x", NULL})
#define DOUBLE_P ((double[]){1, 2, 3, 4, 5, 6, 7, 8})
#define INT64_T_P ((int64_t[]){1, 1, 1, 1, 1, 1, 1, 1, 1})
#define FILE_P stderr
#define FUNCTION_body do_nothing
#define FUNCTION_call ((void *)do_nothing)
#define FUNCTION_condition do_nothing
#define FUNCTION_if_false do_nothing
#define FUNCTION_if_true do_nothing
#define FUNCTION_of_epoch ((void *)do_nothing)
#define FUNCTION_release NULL
#define MICA_BATCHES_P some_batches
#define MICA_BATCHES_PP (&made_batches)
#define MICA_FILTER_FUNCTION_P keep_all
#define MICA_GENERATOR_FUNCTION_P make_none
#define MICA_MAP_FUNCTION_P map_nothing
#define MICA_VALUE_TYPE_P (&(mica_value_type){MICA_FLOAT32, MICA_SHAPE(3)})
#define MICA_CALL_P                                                                                \
    (&(mica_call){.layer = layer, .frame = &(layer_frame){.ctx = ctx}, .inputs = 1, .outputs = 1})
#define MICA_ANSWER_PP (&(const mica_answer *){NULL})
#define MICA_CLIENT_P some_client
#define MICA_CLIENT_PP (&(mica_client *){NULL})
#define MICA_CLIENT_LABEL_P (&(mica_client_label){.id = "x", .text = "x"})
#define MICA_CLIENT_MODEL_PP (&(const mica_client_model *){NULL})
#define MICA_CLIENT_TENSOR_P (&(mica_client_tensor){"x", MICA_FLOAT32, MICA_SHAPE(1), (float[]){1}})
#define MICA_CONTEXT_P ctx
#define MICA_DATASET_P dataset
#define MICA_DATASET_PP (&made_dataset)
#define MICA_DTYPE_P (&(mica_dtype){MICA_FLOAT32})
#define INT_P (&(int){0})
#define MICA_ERROR_P (&error)
#define MICA_FUNCTION_P function
#define MICA_HISTORY_P (&(mica_history){0})
#define MICA_LAYER_P layer
#define MICA_LOSS_P mica_loss_mean_squared_error(ctx, NULL)
#define MICA_METRIC_P mica_metric_mean(ctx, NULL)
#define MICA_MODEL_P model
#define MICA_MODEL_PP (&made_model)
#define MICA_OPTIMIZER_P optimizer
#define MICA_PREDICTOR_P predictor
#define MICA_PREDICTOR_PP (&made_predictor)
#define MICA_RESULTS_P (&(mica_results){0})
#define MICA_SESSION_P session
#define MICA_SESSION_PP (&made_session)
#define MICA_SHAPE_P ((mica_shape[]){MICA_SHAPE(2, 3), MICA_SHAPE(2, 3)})
#define MICA_COLUMN_SUMMARY_P (&(mica_column_summary){0})
#define MICA_TABLE_P table
#define MICA_TABLE_PP (&made_table)
#define MICA_TAPE_P mica_tape_open(ctx, NULL)
#define MICA_TENSOR_P x
#define MICA_TENSOR_PP (outs)
#define OUT_TEXT text
#define VOID_P (&error)
#define CONST_VOID_PP ((const void *[]){&error, &error})
#define VOID_PP ((void *[]){&error, &error})

static int tensor_result(const mica_tensor *t) {
    return !t ? NULL_RESULT : t->kind == TENSOR_POISON ? POISON_RESULT : GOOD_RESULT;
}

#include "null_calls.h"

static void make_world(void) {
    static float data[6] = {1, 2, 3, 4, 5, 6};
    ctx = mica_open(MICA_OPTIONS(context, .threads = 1));
    x = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 3), data);
    for (int i = 0; i < 16; i++) outs[i] = list[i] = x;
    model = mica_sequential(ctx, MICA_SHAPE(3));
    layer = mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 2));
    mica_model_add(model, layer);
    mica_model_compile(model, MICA_OPTIONS(compile, .optimizer_name = "sgd", .loss = "mse"));
    dataset = mica_dataset_new(ctx, &x, 1, &x, 1, NULL);
    assert_int_equal(mica_batches_new(dataset, NULL, &some_batches, NULL), MICA_OK);
    optimizer = mica_sgd(ctx, NULL);
    table = table_new(1);
    assert_true(table && table_set_name(table, 0, "x", 1));
    function = mica_function_new(ctx, give_back, NULL, 1, 1, NULL);
    assert_int_equal(mica_predictor_new(model, 1, &predictor, NULL), MICA_OK);
    assert_int_equal(mica_session_new(predictor, 1, &session, NULL), MICA_OK);
    assert_int_equal(mica_check(ctx, NULL), MICA_OK);
    mica_client_open("http://127.0.0.1:9", MICA_OPTIONS(client, .retries = MICA_ZERO), &some_client,
                     NULL);
}

/* What may be NULL, or has no way to say that it may not. */
static bool may_be_null(const null_call *c) {
    static const char *const known[] = {"mica_slice.begin",
                                        "mica_slice.end",
                                        "mica_slice.step",
                                        "mica_pad.low",
                                        "mica_pad.high",
                                        "mica_hash_bucket.key",
                                        "mica_dataset_cache.path",
                                        "mica_table_text.text",
                                        "mica_loss_call.sample_weight",
                                        "mica_cummax.where",
                                        "mica_top_k.where",
                                        "mica_input.name",
                                        "mica_input_of.name",
                                        "mica_rms_norm.gamma",
                                        "mica_attention.mask",
                                        "mica_attention_weights.mask",
                                        "mica_tensor_new.data",
                                        "mica_tensor_over.release",
                                        "mica_variable.name",
                                        "mica_model_train_on_batch.results",
                                        NULL};
    /* arrays, whose elements may be NULL, or of which the first tells the context */
    static const char *const holding[] = {"mica_apply_with.names",
                                          "mica_optimizer_apply.gradients",
                                          "mica_optimizer_exclude_from_weight_decay.names",
                                          "mica_dataset_concatenate.parts",
                                          "mica_dataset_interleave.parts",
                                          "mica_dataset_sample.parts",
                                          "mica_dataset_zip.parts",
                                          "mica_meshgrid.x",
                                          "mica_scan.in",
                                          "mica_while_loop.in",
                                          NULL};
    char name[160];
    snprintf(name, sizeof name, "%s.%s", c->function, c->parameter);
    for (const char *const *k = c->held ? holding : known; *k; k++)
        if (!strcmp(*k, name)) return true;
    return strstr(c->type, "mica_error") != NULL;
}

/* In a process of its own: 0 for what is right, else what is wrong. */
static int check_one(const null_call *c) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL}; /* cmocka has them */
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) signal(faults[i], SIG_DFL);
    alarm(20);
    freopen("/dev/null", "w", stderr);
    int result = c->call();
    if (may_be_null(c)) return 0;
    if (!strcmp(c->result, "mica_tensor *")) return result == GOOD_RESULT;
    if (!strcmp(c->result, "mica_status")) return result == MICA_OK;
    return c->held && mica_check(ctx, NULL) == MICA_OK;
}

TEST(null_for_any_pointer_fails_and_does_not_crash) {
    int wrong = 0;
    if (chdir(folder_open())) fail_msg("no folder");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int status;
        pid_t child = fork();
        if (child == 0) _exit(check_one(&calls[i]));
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!status) continue;
        print_error("%s: %s %s NULL: %s\n", calls[i].function, calls[i].parameter,
                    calls[i].held ? "holds" : "is", WIFSIGNALED(status) ? "crashes" : "is taken");
        wrong++;
    }
    if (chdir("/")) fail_msg("no root");
    assert_int_equal(wrong, 0);
}

/* Which the calls above cannot reach: options tell how many there are. */
TEST(null_among_what_loops_carry_fails) {
    mica_error err = {0};
    mica_tensor *in[] = {x, NULL}, *out[2];
    mica_check(ctx, NULL);
    mica_scan(give_back, NULL, MICA_OPTIONS(scan, .carries = 2, .length = 1), in, out);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "scan: in[1] is NULL");
    mica_while_loop(give_back, give_back, NULL, MICA_OPTIONS(while_loop, .carries = 2), in, out);
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "while_loop: in[1] is NULL");
}

int main(void) {
    const struct CMUnitTest tests[] = {UNIT(null_for_any_pointer_fails_and_does_not_crash),
                                       UNIT(null_among_what_loops_carry_fails)};
    make_world();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
