/* Callbacks: by name and config, when their functions are called, what they do. */
#include "layer/layer.h"
#include "mica/format.h"
#include "model/model.h"
#include "support/folder.h"
#include "support/in_context.h"
#include "support/options_header.h"
#include "train/callback.h"

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

static mica_dataset *line(void) {
    float x[32], y[32];
    for (int i = 0; i < 32; i++) x[i] = (float)i / 16 - 1, y[i] = 2 * x[i];
    mica_tensor *xt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(32, 1), x);
    mica_tensor *yt = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(32, 1), y);
    return mica_dataset_new(ctx, &xt, 1, &yt, 1, NULL);
}

static mica_model *slope(const char *optimizer) {
    mica_model *m = mica_sequential(ctx, MICA_SHAPE(1));
    mica_model_add(m, mica_layer_dense(ctx, MICA_OPTIONS(dense, .units = 1, .no_bias = true,
                                                         .kernel_initializer = "zeros")));
    mica_model_compile(m, MICA_OPTIONS(compile, .optimizer_name = optimizer, .loss = "mse"));
    return m;
}

#define SGD "{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.1}}"
#define FIT(m, ...)                                                                                \
    mica_model_fit(m, line(),                                                                      \
                   MICA_OPTIONS(fit, .batch_size = 16, .no_shuffle = true, __VA_ARGS__), NULL,     \
                   &err)

static double weight_of(const mica_model *m) {
    return mica_tensor_item(m->layers[1]->weights[0].variable);
}

TEST(every_callback_is_found_by_each_of_its_names) {
    static const char *const configs[] = {NULL,
                                          "{\"patience\": 2, \"verbose\": 1}",
                                          "{\"filename\": \"x.csv\"}",
                                          "{\"filepath\": \"x.h5\", \"save_freq\": \"epoch\"}",
                                          "{\"factor\": 0.5}",
                                          "{\"schedule\": {\"class_name\": \"ExponentialDecay\", "
                                          "\"config\": {\"initial_learning_rate\": 0.1, "
                                          "\"decay_steps\": 2, \"decay_rate\": 0.5}}}",
                                          "{\"log_dir\": \"x\"}",
                                          NULL};
    for (int i = 0; all_callbacks[i]; i++) {
        assert_non_null(mica_callback_from_config(ctx, all_callbacks[i]->name, configs[i]));
        assert_non_null(mica_callback_from_config(ctx, all_callbacks[i]->class_name, configs[i]));
        ASSERT_OK(mica_check(ctx, &err));
    }
}

TEST(wrong_callbacks_are_told) {
    assert_null(mica_callback_from_config(ctx, "EarlyStoping", NULL));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'EarlyStopping'?");
    assert_null(mica_callback_from_config(ctx, "EarlyStopping", "{\"patients\": 2}"));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "did you mean 'patience'?");
    assert_null(mica_early_stopping(ctx, MICA_OPTIONS(early_stopping, .mode = "least")));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_NAME, "mode");
    assert_null(mica_reduce_lr_on_plateau(ctx, MICA_OPTIONS(reduce_lr_on_plateau, .factor = 1)));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "factor is 1");
    assert_null(mica_callback_from_config(ctx, "ModelCheckpoint", NULL));
    ASSERT_FAILS(mica_check(ctx, &err), MICA_VALUE, "filepath must be given");
}

TEST(headers_equal_the_tables) {
    static const char *const ids[] = {"early_stopping",       "model_checkpoint",
                                      "reduce_lr_on_plateau", "swap_ema_weights",
                                      "tensor_board",         NULL};
    for (int i = 0; ids[i]; i++)
        for (const callback_kind *const *k = all_callbacks; *k; k++)
            if (!strcmp((*k)->name, ids[i]))
                assert_header_matches("include/mica/train.h", ids[i], (*k)->fields, sizeof(size_t));
}

static char calls[64];
#define HOOK(name, letter)                                                                         \
    static mica_status name(mica_fit_state *s, void *user, mica_error *e) {                        \
        strcat(calls, letter);                                                                     \
        return MICA_OK;                                                                            \
    }
HOOK(train_begin, "T")
HOOK(epoch_begin, "E")
HOOK(step_begin, "s")
HOOK(step_end, "S")
HOOK(test_begin, "v")
HOOK(test_end, "V")
HOOK(epoch_end, "e")
HOOK(train_end, "t")

TEST(every_hook_is_called_at_its_time) {
    const mica_callback own = {.on_train_begin = train_begin,
                               .on_epoch_begin = epoch_begin,
                               .on_step_begin = step_begin,
                               .on_step = step_end,
                               .on_test_begin = test_begin,
                               .on_test_end = test_end,
                               .on_epoch_end = epoch_end,
                               .on_train_end = train_end};
    *calls = 0;
    ASSERT_OK(FIT(slope(SGD), .epochs = 2, .validation = line(), .callbacks = {&own}));
    assert_string_equal(calls, "TEsSsSvVeEsSsSvVet");
}

TEST(the_rate_falls_on_a_plateau_and_rests) {
    mica_model *m = slope(SGD);
    const mica_callback *c = mica_reduce_lr_on_plateau(
        ctx, MICA_OPTIONS(reduce_lr_on_plateau, .monitor = "loss", .min_delta = 100, .patience = 2,
                          .factor = 0.5, .cooldown = 1, .min_lr = 0.02));
    /* epoch 1 is the best; 2, 3: reduced; 4 cools; 5, 6: reduced; … down to min_lr */
    ASSERT_OK(FIT(m, .epochs = 3, .callbacks = {c}));
    assert_true(fabs(mica_optimizer_learning_rate(m->compiled.optimizer) - 0.05) < 1e-7);
    m = slope(SGD);
    ASSERT_OK(FIT(m, .epochs = 5, .callbacks = {c}));
    assert_true(fabs(mica_optimizer_learning_rate(m->compiled.optimizer) - 0.025) < 1e-7);
    m = slope(SGD);
    ASSERT_OK(FIT(m, .epochs = 20, .callbacks = {c}));
    assert_true(fabs(mica_optimizer_learning_rate(m->compiled.optimizer) - 0.02) < 1e-7);
}

static double halved(int epoch, double rate, void *user) { return epoch ? rate / 2 : 0.4; }

TEST(a_schedule_sets_the_rate_of_every_epoch) {
    mica_model *m = slope(SGD);
    ASSERT_OK(FIT(m, .epochs = 3, .callbacks = {mica_learning_rate_scheduler(ctx, halved, NULL)}));
    assert_true(fabs(mica_optimizer_learning_rate(m->compiled.optimizer) - 0.1) < 1e-7);
    const mica_callback *decay = mica_callback_from_config(
        ctx, "LearningRateScheduler",
        "{\"schedule\": {\"class_name\": \"ExponentialDecay\", \"config\": "
        "{\"initial_learning_rate\": 0.1, \"decay_steps\": 1, \"decay_rate\": 0.5}}}");
    ASSERT_OK(FIT(m, .epochs = 3, .callbacks = {decay}));
    assert_true(fabs(mica_optimizer_learning_rate(m->compiled.optimizer) - 0.025) < 1e-7);
}

#define AVERAGED                                                                                   \
    "{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.1, \"use_ema\": true, "           \
    "\"ema_momentum\": 0.5}}"

static double seen;
static mica_status see(mica_fit_state *s, void *user, mica_error *e) {
    seen = weight_of(s->model);
    return MICA_OK;
}

TEST(validation_sees_the_averages_and_training_goes_on_without) {
    mica_model *plain = slope(AVERAGED), *swapped = slope(AVERAGED);
    const mica_callback look = {.on_epoch_end = see}, peek = {.on_test_end = see};
    const mica_callback *swap = mica_swap_ema_weights(ctx, NULL);
    ASSERT_OK(FIT(plain, .epochs = 1, .validation = line(), .callbacks = {&look}));
    double own = seen;
    ASSERT_OK(FIT(swapped, .epochs = 1, .validation = line(), .callbacks = {&peek, swap, &look}));
    assert_true(seen == own); /* back again at the end of the epoch */
    assert_true(weight_of(plain) == weight_of(swapped));
    assert_true(weight_of(plain) != own); /* at the end the average */
    ASSERT_OK(FIT(slope(AVERAGED), .epochs = 1, .validation = line(), .callbacks = {swap, &peek}));
    ASSERT_OK(FIT(slope(AVERAGED), .epochs = 1, .validation = line(), .callbacks = {&peek}));
    ASSERT_FAILS(FIT(slope(SGD), .callbacks = {swap}), MICA_STATE, "use_ema is false");
}

TEST(checkpoints_are_named_by_epoch_step_and_result) {
    char folder[] = "/tmp/mica-saved-XXXXXX", path[128], made[160];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/m-{epoch:02d}-{batch}.h5", folder);
    const mica_callback *c = mica_model_checkpoint(ctx, path,
                                                   MICA_OPTIONS(model_checkpoint, .save_freq = 3));
    ASSERT_OK(FIT(slope(SGD), .epochs = 2, .callbacks = {c})); /* 2 steps an epoch: the 3rd */
    snprintf(made, sizeof made, "%s/m-02-1.h5", folder);
    assert_int_equal(unlink(made), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else */
}

TEST(the_best_model_is_saved_where_a_threshold_is_beaten) {
    char path[] = "/tmp/mica-best-XXXXXX.h5";
    close(mkstemps(path, 3));
    unlink(path);
    const mica_callback *c = mica_model_checkpoint(ctx, path,
                                                   MICA_OPTIONS(model_checkpoint, .monitor = "loss",
                                                                .save_best_only = true,
                                                                .initial_value_threshold = 1e-9));
    ASSERT_OK(FIT(slope(SGD), .epochs = 2, .callbacks = {c}));
    assert_int_not_equal(access(path, F_OK), 0);
    c = mica_model_checkpoint(
        ctx, path, MICA_OPTIONS(model_checkpoint, .monitor = "loss", .save_best_only = true));
    ASSERT_OK(FIT(slope(SGD), .epochs = 2, .callbacks = {c}));
    assert_int_equal(unlink(path), 0);
}

/* In a context of its own, where layers have the same names. */
static double stopped_weight(const char *checkpoint, bool resume, int epochs) {
    mica_context *outer = ctx;
    ctx = mica_open(NULL);
    mica_model *m = slope(SGD);
    const mica_callback *stop = mica_early_stopping(
        ctx, MICA_OPTIONS(early_stopping, .monitor = "loss", .min_delta = 10, .patience = 3,
                          .restore_best_weights = true));
    ASSERT_OK(
        FIT(m, .epochs = epochs, .checkpoint = checkpoint, .resume = resume, .callbacks = {stop}));
    double weight = weight_of(m);
    mica_close(&ctx);
    ctx = outer;
    return weight;
}

TEST(the_best_weights_come_back_after_a_resume) {
    char path[] = "/tmp/mica_resume_XXXXXX";
    close(mkstemp(path));
    unlink(path);
    mica_model *once = slope(SGD);
    ASSERT_OK(FIT(once, .epochs = 1)); /* the first epoch is the best */
    assert_true(stopped_weight(NULL, false, 10) == weight_of(once));
    stopped_weight(path, false, 2);
    assert_true(stopped_weight(path, true, 10) == weight_of(once));
    unlink(path);
}

static int open_files(void) {
    int count = 0;
    for (int fd = 0; fd < 256; fd++) count += fcntl(fd, F_GETFD) != -1;
    return count;
}

TEST(a_log_that_begins_again_closes_its_file_and_has_one_line_of_names) {
    const char *path = in_folder("again.csv");
    const mica_callback *c = mica_csv_logger(ctx, path, true);
    mica_results logs = {.count = 1, .name = {"loss"}, .value = {0.5}};
    mica_fit_state s = {.logs = &logs};
    int before = open_files();
    size_t size;
    for (int i = 0; i < 3; i++) {
        ASSERT_OK(c->on_train_begin(&s, c->user, &err));
        ASSERT_OK(c->on_epoch_end(&s, c->user, &err));
    }
    assert_int_equal(open_files(), before + 1);
    c->destroy(c->user);
    assert_int_equal(open_files(), before);
    char *text = (char *)get_file(path, &size);
    assert_int_equal(size, strlen("epoch,loss\n0,0.5\n0,0.5\n0,0.5\n"));
    assert_memory_equal(text, "epoch,loss\n0,0.5\n0,0.5\n0,0.5\n", size);
    free(text);
}

/* What they save holds no decimal point of a locale; what an older mica saved in any is read. */
TEST(the_best_result_is_saved_in_the_same_letters_in_every_locale) {
    const mica_callback *all[] = {mica_early_stopping(ctx, NULL),
                                  mica_reduce_lr_on_plateau(ctx, NULL),
                                  mica_model_checkpoint(ctx, "x.h5", NULL)};
    const char *counts[] = {"2 0 1", "2 1", "2"}, *rest[] = {" 0", "", ""}; /* the best epoch */
    static const struct {
        const char *older, *now;
    } best[] = {{"0x1.8p+1", "#4008000000000000"},
                {"-0x1,8p+1", "#c008000000000000"},
                {"0x1p-3", "#3fc0000000000000"},
                {"0x0.0000000000001p-1022", "#0000000000000001"},
                {"inf", "#7ff0000000000000"},
                {"-inf", "#fff0000000000000"},
                {"0x1.999999999999ap-4", "#3fb999999999999a"}};
    char text[96], expected[96];
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < sizeof best / sizeof *best; k++)
            for (int again = 0; again < 2; again++) {
                snprintf(expected, sizeof expected, "%s %s%s", counts[i], best[k].now, rest[i]);
                snprintf(text, sizeof text, "%s %s", counts[i],
                         again ? best[k].now : best[k].older);
                all[i]->restore(all[i]->user, text);
                char *saved = all[i]->save(all[i]->user);
                assert_string_equal(saved, expected);
                free(saved);
            }
}

/* With a locale of decimal commas, where one can be made. */
TEST(checkpoints_are_named_with_points_in_every_locale) {
    char command[512];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1",
             folder_open());
    int made = system(command);
    setenv("LOCPATH", folder_open(), 1);
    if (made || !setlocale(LC_NUMERIC, "de_DE.UTF-8")) skip();
    const mica_callback *c = mica_model_checkpoint(ctx, in_folder("m-{loss:.1f}.h5"), NULL);
    mica_status status = FIT(slope(SGD), .epochs = 1, .callbacks = {c});
    snprintf(command, sizeof command, "ls %s | grep -q 'm-[0-9]*[.][0-9].h5'", folder_open());
    int found = system(command);
    setlocale(LC_NUMERIC, "C");
    ASSERT_OK(status);
    assert_int_equal(found, 0);
}

static const mica_callback *named(const char *name, const char *config) {
    const mica_callback *c = mica_callback_from_config(ctx, name, config);
    assert_non_null(c);
    return c;
}

static int steps_made;
static mica_status count_step(mica_fit_state *s, void *user, mica_error *e) {
    steps_made++;
    return MICA_OK;
}

TEST(an_unknown_result_is_refused_before_the_first_step) {
    const mica_callback counted = {.on_step = count_step, .on_train_begin = count_step};
    steps_made = 0;
    static const struct {
        const char *name, *config, *text;
    } cases[] = {
        {"EarlyStopping", "{\"monitor\": \"val_los\"}",
         "'val_los': no such result (did you mean 'val_loss'?); there are loss, val_loss"},
        {"ReduceLROnPlateau", "{\"monitor\": \"accuracy\"}", "'accuracy': no such result; there"},
        {"ModelCheckpoint",
         "{\"filepath\": \"x.h5\", \"save_best_only\": true, \"monitor\": \"los\"}",
         "model_checkpoint: monitor 'los': no such result (did you mean 'loss'?)"},
        {"ModelCheckpoint", "{\"filepath\": \"x-{epoch}-{val_mae}.h5\"}", "'val_mae': no such"},
        {"ModelCheckpoint", "{\"filepath\": \"{val_loss}.h5\", \"save_freq\": 2}",
         "no such result"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        const mica_callback *c = named(cases[i].name, cases[i].config);
        ASSERT_FAILS(FIT(slope(SGD), .validation = line(), .callbacks = {&counted, c}), MICA_NAME,
                     cases[i].text);
    }
    ASSERT_FAILS(FIT(slope(SGD), .callbacks = {&counted, named("EarlyStopping", NULL)}), MICA_NAME,
                 "'val_loss': no such result here: it needs validation data");
    assert_int_equal(steps_made, 0);
}

TEST(a_path_that_cannot_be_written_is_refused_before_the_first_step) {
    const mica_callback counted = {.on_step = count_step, .on_train_begin = count_step};
    steps_made = 0;
    static const char *const cases[][3] = {
        {"ModelCheckpoint", "{\"filepath\": \"/nowhere/x/{epoch}.h5\"}", "/nowhere/x/1.h5"},
        {"ModelCheckpoint", "{\"filepath\": \"model.txt\"}", "model.txt: no model format"},
        {"CSVLogger", "{\"filename\": \"/nowhere/log.csv\"}", "csv_logger: /nowhere/log.csv"},
        {"TensorBoard", "{\"log_dir\": \"/dev/null/logs\"}", "/dev/null/logs"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        mica_status status = FIT(slope(SGD),
                                 .callbacks = {&counted, named(cases[i][0], cases[i][1])});
        assert_true(status == MICA_IO || status == MICA_UNSUPPORTED);
        if (!strstr(err.message, cases[i][2])) fail_msg("%s", err.message);
    }
    assert_int_equal(steps_made, 0);
}

TEST(a_schedule_and_a_callback_do_not_both_set_the_rate) {
    static const char scheduled[] =
        "{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": {\"class_name\": "
        "\"ExponentialDecay\", \"config\": {\"initial_learning_rate\": 0.1, \"decay_steps\": 2, "
        "\"decay_rate\": 0.5}}}}";
    ASSERT_FAILS(
        FIT(slope(scheduled), .callbacks = {named("ReduceLROnPlateau", "{\"monitor\": \"loss\"}")}),
        MICA_STATE, "a schedule sets the learning rate");
}

static double rates[8];
static mica_status note_rate(mica_fit_state *s, void *user, mica_error *e) {
    rates[s->epoch] = mica_result(s->logs, "learning_rate");
    return MICA_OK;
}

/* Keras 3 gives the same three numbers in history.history["learning_rate"]. */
TEST(a_rate_that_changes_is_among_the_results) {
    const mica_callback note = {.on_epoch_end = note_rate};
    const mica_callback *plateau = named(
        "ReduceLROnPlateau",
        "{\"monitor\": \"loss\", \"min_delta\": 100, \"patience\": 1, \"factor\": 0.5}");
    ASSERT_OK(FIT(slope(SGD), .epochs = 3, .callbacks = {&note, plateau}));
    ASSERT_CLOSE(rates, ((double[]){0.1, 0.1, 0.05}), 3, 1e-7);
    ASSERT_OK(FIT(slope("{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": {"
                        "\"class_name\": \"ExponentialDecay\", \"config\": {"
                        "\"initial_learning_rate\": 0.1, \"decay_steps\": 2, "
                        "\"decay_rate\": 0.5}}}}"),
                  .epochs = 3, .callbacks = {&note}));
    ASSERT_CLOSE(rates, ((double[]){0.05, 0.025, 0.0125}), 3, 1e-7); /* the next step's, as Keras */
    ASSERT_OK(FIT(slope(SGD), .epochs = 1, .callbacks = {&note}));
    assert_true(isnan(rates[0])); /* a constant one is not */
}

RUN_TESTS(IN_CONTEXT(an_unknown_result_is_refused_before_the_first_step),
          IN_CONTEXT(a_path_that_cannot_be_written_is_refused_before_the_first_step),
          IN_CONTEXT(a_schedule_and_a_callback_do_not_both_set_the_rate),
          IN_CONTEXT(a_rate_that_changes_is_among_the_results),
          IN_CONTEXT(every_callback_is_found_by_each_of_its_names),
          IN_CONTEXT(wrong_callbacks_are_told), IN_CONTEXT(headers_equal_the_tables),
          IN_CONTEXT(every_hook_is_called_at_its_time),
          IN_CONTEXT(the_rate_falls_on_a_plateau_and_rests),
          IN_CONTEXT(a_schedule_sets_the_rate_of_every_epoch),
          IN_CONTEXT(validation_sees_the_averages_and_training_goes_on_without),
          IN_CONTEXT(checkpoints_are_named_by_epoch_step_and_result),
          IN_CONTEXT(the_best_model_is_saved_where_a_threshold_is_beaten),
          IN_CONTEXT(the_best_weights_come_back_after_a_resume),
          IN_CONTEXT(a_log_that_begins_again_closes_its_file_and_has_one_line_of_names),
          IN_CONTEXT(the_best_result_is_saved_in_the_same_letters_in_every_locale),
          IN_CONTEXT(checkpoints_are_named_with_points_in_every_locale))
