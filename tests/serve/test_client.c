/* mica/client.h and a server of mica in one process: the same answers as the model gives here. */
#include "mica/client.h"
#include "mica/train.h"
#include "serve/server.h"

#include "served_case.h"

static server *server_of(const char *keys) {
    mica_error err = {0};
    server *s = NULL;
    const server_options o = {
        .port = -1, .control_port = -1, .lanes = 2, .open = !keys, .access = {.keys = keys}};
    ASSERT_OK(server_open(&o, &s, &err));
    ASSERT_OK(server_load(s, "net", "1", model_file("net.h5", false), &err));
    ASSERT_OK(server_load(s, "free", "4", model_file("free.h5", true), &err));
    server_ready(s, true);
    return s;
}

static mica_client *client_at(int port) {
    mica_error err = {0};
    mica_client *c = NULL;
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    ASSERT_OK(mica_client_open(url, NULL, &c, &err));
    return c;
}

static void end(server *s, mica_client *c) {
    mica_client_close(&c);
    server_close(s);
}

/* What the model in that file makes of x (rows, 3). */
static void predicted(const char *path, const float *x, int64_t rows, float *y) {
    mica_error err = {0};
    mica_context *ctx = mica_open(NULL);
    mica_model *m;
    mica_tensor *in = mica_tensor_new(ctx, MICA_FLOAT32, MICA_SHAPE(rows, 3), x), *out;
    ASSERT_OK(mica_model_load(ctx, path, &m, &err));
    ASSERT_OK(mica_model_predict(m, &in, 1, 32, &out, &err));
    ASSERT_OK(mica_tensor_read(out, MICA_FLOAT32, y, (size_t)rows * 2 * sizeof(float), &err));
    mica_close(&ctx);
}

static const float points[12] = {1, 2, 3, -1, 0.5F, 0, 0, 0, 0, 7, -7, 0.25F};

static mica_status ask(mica_client *c, const char *model, const mica_shape *s,
                       const mica_ask_options *o, const mica_answer **a, mica_error *err) {
    mica_error own = {0};
    const mica_client_model *m;
    mica_status status = mica_client_describe(c, model, NULL, &m, &own);
    if (status != MICA_OK) return *err = own, status;
    /* Names of the last answer may be used for the next question. */
    const mica_client_tensor in = {m->input[0].name, MICA_FLOAT32, *s, points};
    return mica_client_infer(c, m->name, &in, 1, o, a, err);
}

TEST(tensors_come_back_as_the_model_makes_them) {
    mica_error err = {0};
    const mica_answer *a;
    float want[8];
    server *s = server_of(NULL);
    mica_client *c = client_at(server_port(s));
    predicted(in_folder("net.h5"), points, 4, want);
    ASSERT_OK(ask(c, "net", &MICA_SHAPE(4, 3), NULL, &a, &err));
    assert_int_equal(a->outputs, 1);
    assert_string_equal(a->version, "1");
    assert_int_equal(a->rows, 4);
    assert_true(a->output[0].dtype == MICA_FLOAT32 && a->output[0].shape.dims[1] == 2);
    ASSERT_CLOSE((const float *)a->output[0].data, want, 8, 1e-6);
    ASSERT_OK(ask(c, "free", &MICA_SHAPE(2, 2, 3), NULL, &a, &err));
    assert_true(a->output[0].shape.rank == 2 && a->output[0].shape.dims[0] == 2);
    end(s, c);
}

TEST(a_model_tells_what_it_takes_and_gives) {
    mica_error err = {0};
    const mica_client_model *m;
    int count;
    server *s = server_of(NULL);
    mica_client *c = client_at(server_port(s));
    ASSERT_OK(mica_client_live(c, &err));
    ASSERT_OK(mica_client_ready(c, NULL, &err));
    ASSERT_OK(mica_client_ready(c, "net", &err));
    ASSERT_OK(mica_client_describe(c, "free", "4", &m, &err));
    assert_string_equal(m->name, "free");
    assert_true(m->version_count == 1 && !strcmp(m->versions[0], "4"));
    assert_true(m->inputs == 1 && m->input[0].shape.rank == 3 && m->input[0].shape.dims[2] == 3);
    assert_int_equal(m->input[0].shape.dims[1], -1);
    assert_true(m->outputs == 1 && m->output[0].dtype == MICA_FLOAT32 && !m->output[0].data);
    assert_false(m->classifier);
    ASSERT_OK(mica_client_models(c, &m, &count, &err));
    assert_int_equal(count, 2);
    const char *card;
    ASSERT_OK(mica_client_card(c, "net", NULL, &card, &err));
    assert_non_null(strchr(card, '{'));
    end(s, c);
}

TEST(errors_of_the_server_are_passed_on) {
    mica_error err = {0};
    const mica_answer *a;
    server *s = server_of(NULL);
    mica_client *c = client_at(server_port(s));
    ASSERT_FAILS(ask(c, "nat", &MICA_SHAPE(4, 3), NULL, &a, &err), MICA_NAME,
                 "model nat: HTTP 404: ");
    assert_int_equal(mica_client_http_code(c), 404);
    ASSERT_FAILS(mica_client_ready(c, "nat", &err), MICA_NAME, "model nat");
    ASSERT_FAILS(ask(c, "net", &MICA_SHAPE(3, 4), NULL, &a, &err), MICA_SHAPE,
                 "model net: HTTP 400: input \"");
    ASSERT_FAILS(ask(c, "net", &MICA_SHAPE(4, 3), MICA_OPTIONS(ask, .version = "9"), &a, &err),
                 MICA_NAME, "no version \"9\"");
    ASSERT_FAILS(
        ask(c, "net", &MICA_SHAPE(4, 3), MICA_OPTIONS(ask, .outputs = MICA_TEXTS("z")), &a, &err),
        MICA_NAME, "\"z\"");
    ASSERT_FAILS(mica_client_rows_json(c, "net", "[{\"a\": 1}]", NULL, &a, &err), MICA_VALUE,
                 "takes no rows");
    ASSERT_FAILS(mica_client_picture(c, "net", "GIF89a", 6, NULL, &a, &err), MICA_SHAPE, "picture");
    ASSERT_FAILS(mica_client_sound(c, "net", "fLaC", 4, NULL, &a, &err), MICA_SHAPE,
                 "takes no sound");
    ASSERT_OK(ask(c, "net", &MICA_SHAPE(4, 3), MICA_OPTIONS(ask, .request_id = "mine"), &a, &err));
    assert_string_equal(mica_client_request_id(c), "mine");
    end(s, c);
}

TEST(models_are_loaded_and_taken_out_on_the_other_port) {
    mica_error err = {0};
    const mica_answer *a;
    server *s = server_of(NULL);
    mica_client *c = client_at(server_port(s)), *control = client_at(server_control_port(s));
    ASSERT_OK(mica_client_load(control, "net", NULL, &err));
    ASSERT_FAILS(mica_client_load(control, "net", "7", &err), MICA_NAME, "version \"7\"");
    ASSERT_FAILS(mica_client_load(c, "net", NULL, &err), MICA_NAME, "model net: HTTP 404");
    ASSERT_OK(mica_client_unload(control, "net", NULL, &err));
    ASSERT_FAILS(ask(c, "net", &MICA_SHAPE(4, 3), NULL, &a, &err), MICA_NAME, "net");
    mica_client_close(&control);
    end(s, c);
}

TEST(a_key_is_asked_for_and_given) {
    mica_error err = {0};
    mica_client *c = NULL;
    char url[64];
    const mica_answer *a;
    const char *keys = in_folder("keys.json"), *key = in_folder("shop.key");
    char command[2048];
    if (!getenv("MICA")) skip();
    snprintf(command, sizeof command,
             "'%s' key create shop --role predict --model net --keys '%s' --json | "
             "sed 's/.*\"key\": \"\\([^\"]*\\)\".*/\\1/' > '%s'",
             getenv("MICA"), keys, key);
    assert_int_equal(system(command), 0);
    server *s = server_of(keys);
    snprintf(url, sizeof url, "http://127.0.0.1:%d", server_port(s));
    ASSERT_OK(mica_client_open(url, MICA_OPTIONS(client, .key_file = key), &c, &err));
    ASSERT_OK(ask(c, "net", &MICA_SHAPE(4, 3), NULL, &a, &err));
    ASSERT_FAILS(ask(c, "free", &MICA_SHAPE(2, 2, 3), NULL, &a, &err), MICA_STATE, "HTTP 403");
    mica_client_close(&c);
    c = client_at(server_port(s));
    ASSERT_FAILS(ask(c, "net", &MICA_SHAPE(4, 3), NULL, &a, &err), MICA_STATE, "HTTP 401");
    ASSERT_OK(mica_client_ready(c, NULL, &err));
    end(s, c);
}

static void labels_are(const char *database, const char *first, const char *second) {
    mica_error err = {0};
    mica_table *t;
    char text[64];
    mica_context *ctx = mica_open(NULL);
    ASSERT_OK(mica_table_read(
        ctx, database,
        MICA_OPTIONS(table, .query = "SELECT label FROM mica_feedback ORDER BY number"), &t, &err));
    assert_int_equal(mica_table_rows(t), 2);
    mica_table_text(t, 0, 0, text, sizeof text);
    assert_string_equal(text, first);
    mica_table_text(t, 0, 1, text, sizeof text);
    assert_string_equal(text, second);
    mica_table_destroy(&t);
    ASSERT_OK(mica_table_read(
        ctx, database,
        MICA_OPTIONS(table, .query = "SELECT label FROM mica_labelled WHERE label IS NOT NULL"), &t,
        &err));
    assert_int_equal(mica_table_rows(t), 1); /* the request with that id */
    mica_table_destroy(&t);
    mica_close(&ctx);
}

TEST(labels_reach_the_prediction_log) {
    mica_error err = {0};
    char database[512];
    const mica_answer *a;
    server *s = NULL;
    snprintf(database, sizeof database, "sqlite:%s", in_folder("log.db"));
    const server_options o = {.port = -1,
                              .control_port = -1,
                              .lanes = 2,
                              .open = true,
                              .records = {.database = database, .sample = 1}};
    if (server_open(&o, &s, &err) == MICA_UNSUPPORTED) skip();
    assert_non_null(s);
    ASSERT_OK(server_load(s, "net", "1", model_file("net.h5", false), &err));
    server_ready(s, true);
    mica_client *c = client_at(server_port(s));
    ASSERT_OK(ask(c, "net", &MICA_SHAPE(4, 3), NULL, &a, &err));
    ASSERT_OK(mica_client_feedback(
        c, "net",
        (mica_client_label[]){{.id = mica_client_request_id(c), .json = "[0, 1, 1, 0]"},
                              {.id = "later", .text = "yes"}},
        2, &err));
    ASSERT_FAILS(
        mica_client_feedback(c, "nat", &(mica_client_label){.id = "x", .text = "y"}, 1, &err),
        MICA_NAME, "model nat: HTTP 404");
    end(s, c); /* what is left is written */
    labels_are(database, "[0, 1, 1, 0]", "\"yes\"");
}

typedef struct asker {
    pthread_t thread;
    int port;
    const float *want;
    mica_status status;
} asker;

static void *ask_often(void *user) {
    asker *t = user;
    mica_error err = {0};
    const mica_answer *a;
    mica_client *c = NULL;
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", t->port);
    t->status = mica_client_open(url, NULL, &c, &err);
    for (int i = 0; i < 50 && t->status == MICA_OK; i++) {
        t->status = ask(c, "net", &MICA_SHAPE(4, 3), NULL, &a, &err);
        for (int k = 0; k < 8 && t->status == MICA_OK; k++)
            if (fabsf(((const float *)a->output[0].data)[k] - t->want[k]) > 1e-6F)
                t->status = MICA_MISMATCH;
    }
    mica_client_close(&c);
    return NULL;
}

TEST(threads_ask_with_clients_of_their_own) {
    float want[8];
    asker all[6];
    server *s = server_of(NULL);
    predicted(in_folder("net.h5"), points, 4, want);
    for (size_t i = 0; i < LENGTH(all); i++) {
        all[i] = (asker){.port = server_port(s), .want = want};
        assert_int_equal(pthread_create(&all[i].thread, NULL, ask_often, &all[i]), 0);
    }
    for (size_t i = 0; i < LENGTH(all); i++) {
        pthread_join(all[i].thread, NULL);
        assert_int_equal(all[i].status, MICA_OK);
    }
    server_close(s);
}

RUN_TESTS(UNIT(tensors_come_back_as_the_model_makes_them),
          UNIT(a_model_tells_what_it_takes_and_gives), UNIT(errors_of_the_server_are_passed_on),
          UNIT(models_are_loaded_and_taken_out_on_the_other_port),
          UNIT(a_key_is_asked_for_and_given), UNIT(labels_reach_the_prediction_log),
          UNIT(threads_ask_with_clients_of_their_own))
