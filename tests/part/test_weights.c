/* Regularizers and constraints: the formulas on small weights. */
#include "mica/math.h"
#include "mica/regularizers.h"
#include "part/constraint.h"
#include "part/regularizer.h"
#include "support/in_context.h"

/* ((3, -1), (4, 2)): the columns have norms 5 and sqrt(5). */
static mica_tensor *weights(void) {
    return mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(2, 2), (float[]){3, -1, 4, 2});
}

static void expect_penalty(const char *config, double expected) {
    double got = mica_tensor_item(regularize(config, weights()));
    if (!(fabs(got - expected) < 1e-6)) fail_msg("%s is %g, expected %g", config, got, expected);
}

TEST(penalties_are_sums) {
    expect_penalty("l1", 0.1);
    expect_penalty("L2", 0.3);
    expect_penalty("l1_l2", 0);
    expect_penalty(mica_regularizer_l1_l2(ctx, 0.5, 0.25), 5 + 7.5);
    expect_penalty(mica_regularizer_l1_l2(ctx, 0, 1), 30);
    expect_penalty("{\"class_name\": \"L1L2\", \"config\": {\"l1\": 0.5, \"l2\": 0.0}}", 5);
    /* rows (3, -1), (4, 2): 10 / sqrt(200); columns (3, 4), (-1, 2): 5 / sqrt(125) */
    expect_penalty("orthogonal_regularizer", 0.01 * 10 / sqrt(200));
    expect_penalty("{\"class_name\": \"OrthogonalRegularizer\", \"config\": {\"factor\": 3.0, "
                   "\"mode\": \"columns\"}}",
                   3 * 5 / sqrt(125));
    ASSERT_FAILS(check_regularizer("l3", "layer d", "kernel_regularizer", &err), MICA_NAME,
                 "layer d: unknown kernel_regularizer 'l3'");
}

static void expect_weights(const char *config, float a, float b, float c, float d) {
    float got[4];
    ASSERT_OK(mica_tensor_read(constrain(config, weights()), MICA_FLOAT32, got, sizeof got, &err));
    ASSERT_CLOSE(got, ((float[]){a, b, c, d}), 4, 1e-6);
}

TEST(constraints_change_norms) {
    float root = sqrtf(5);
    expect_weights(NULL, 3, -1, 4, 2);
    expect_weights("non_neg", 3, 0, 4, 2);
    expect_weights("unit_norm", 0.6f, -1 / root, 0.8f, 2 / root);
    expect_weights("max_norm", 1.2f, -2 / root, 1.6f, 4 / root);
    expect_weights("{\"class_name\": \"MaxNorm\", \"config\": {\"max_value\": 3, \"axis\": 0}}",
                   1.8f, -1, 2.4f, 2);
    expect_weights("{\"class_name\": \"MinMaxNorm\", \"config\": {\"min_value\": 2.5, "
                   "\"max_value\": 2.5, \"rate\": 0.5, "
                   "\"axis\": 0}}",
                   2.25f, -0.5f * (1 + 2.5f / root), 3, 1 + 2.5f / root);
    ASSERT_FAILS(check_constraint("max_nrm", "layer d", "kernel_constraint", &err), MICA_NAME,
                 "did you mean 'max_norm'?");
}

RUN_TESTS(IN_CONTEXT(penalties_are_sums), IN_CONTEXT(constraints_change_norms))
