/* A client against servers that answer what they like: tries, waits, errors, keys, hostile replies.
 * What it and mica serve make of each other is in tests/serve/test_client.c. */
#include "client/client.h"
#include "client/reply.h"

#include "mock_server.h"
#include "support/folder.h"

#include "base/clock.h"

#define OK_ "HTTP/1.1 200 OK\r\n"
#define NO_BODY "Content-Length: 0\r\n\r\n"
#define BUSY_ "HTTP/1.1 503 Busy\r\n"
#define JSON(length, text) OK_ "Content-Length: " #length "\r\n\r\n" text

static mock_server mock;

static mica_client *client_of(const mica_client_options *o) {
    mica_error err = {0};
    mica_client *c = NULL;
    mock_begin(&mock);
    ASSERT_OK(mica_client_open(mock.url, o, &c, &err));
    return c;
}

static void end(mica_client *c) {
    mica_client_close(&c);
    assert_null(c);
    mock_end(&mock);
    memset(mock.replies, 0, sizeof mock.replies);
}

static const char *const *replies(const char *a, const char *b, const char *c, const char *d) {
    const char *const all[] = {a, b, c, d, NULL};
    memcpy(mock.replies, all, sizeof all);
    return mock.replies;
}

static mica_status infer(mica_client *c, const mica_answer **a, mica_error *err) {
    const float x[2] = {1, 2};
    const mica_client_tensor in = {"x", MICA_FLOAT32, MICA_SHAPE(1, 2), x};
    return mica_client_infer(c, "net", &in, 1, NULL, a, err);
}

static const char whole[] = OK_
    "Inference-Header-Content-Length: 134\r\nX-Request-Id: abc\r\nContent-Length: 138\r\n\r\n"
    "{\"model_name\":\"net\",\"model_version\":\"3\",\"outputs\":[{\"name\":\"y\",\"datatype\":"
    "\"INT32\",\"shape\":[1,1],\"parameters\":{\"binary_data_size\":4}}]}abcd";

TEST(busy_servers_are_asked_again_on_the_same_connection) {
    mica_error err = {0};
    const mica_answer *a = NULL;
    replies(BUSY_ NO_BODY, "HTTP/1.1 429 Many\r\n" NO_BODY, whole, NULL);
    mica_client *c = client_of(MICA_OPTIONS(client, .retry_ms = 1));
    ASSERT_OK(infer(c, &a, &err));
    assert_int_equal(mock.count, 3);
    assert_int_equal(mock.connections, 1);
    assert_string_equal(a->model, "net");
    assert_string_equal(a->version, "3");
    assert_string_equal(a->output[0].name, "y");
    assert_memory_equal(a->output[0].data, "abcd", 4);
    assert_int_equal(mica_client_http_code(c), 200);
    assert_string_equal(mica_client_request_id(c), "abc");
    end(c);
}

TEST(tries_are_counted_and_may_be_none) {
    mica_error err = {0};
    const mica_answer *a;
    replies(BUSY_ NO_BODY, BUSY_ NO_BODY, BUSY_ NO_BODY, NULL);
    mica_client *c = client_of(MICA_OPTIONS(client, .retries = 2, .retry_ms = 1));
    ASSERT_FAILS(infer(c, &a, &err), MICA_BUSY, "after 3 tries: model net: HTTP 503");
    assert_int_equal(mica_client_http_code(c), 503);
    end(c);
    replies(BUSY_ NO_BODY, NULL, NULL, NULL);
    c = client_of(MICA_OPTIONS(client, .retries = MICA_ZERO));
    ASSERT_FAILS(infer(c, &a, &err), MICA_BUSY, "model net: HTTP 503");
    assert_int_equal(mock.count, 1);
    end(c);
}

TEST(retry_after_is_waited_for_where_the_time_is_there) {
    mica_error err = {0};
    const mica_answer *a;
    replies(BUSY_ "Retry-After: 1\r\n" NO_BODY, whole, NULL, NULL);
    mica_client *c = client_of(MICA_OPTIONS(client, .retry_ms = 1));
    const double before = clock_seconds();
    ASSERT_OK(infer(c, &a, &err));
    assert_true(clock_seconds() - before >= 1);
    end(c);
    replies(BUSY_ "Retry-After: 86400\r\n" NO_BODY, NULL, NULL, NULL);
    c = client_of(NULL);
    ASSERT_FAILS(infer(c, &a, &err), MICA_BUSY, "HTTP 503"); /* at once: 30 s are all it has */
    end(c);
}

TEST(errors_of_requests_are_not_tried_again) {
    mica_error err = {0};
    const mica_answer *a;
    replies("HTTP/1.1 400 Bad\r\nContent-Length: 49\r\n\r\n"
            "{\"error\":\"input \\\"x\\\" is\\n wrong\",\"code\":\"SHAPE\"}",
            NULL, NULL, NULL);
    mica_client *c = client_of(NULL);
    ASSERT_FAILS(infer(c, &a, &err), MICA_SHAPE, "model net: HTTP 400: input \"x\" is  wrong");
    end(c);
    static const struct {
        const char *reply;
        mica_status status;
    } codes[] = {{"HTTP/1.1 401 No\r\n" NO_BODY, MICA_STATE},
                 {"HTTP/1.1 404 No\r\n" NO_BODY, MICA_NAME},
                 {"HTTP/1.1 504 Late\r\n" NO_BODY, MICA_TIMEOUT},
                 {"HTTP/1.1 501 No\r\n" NO_BODY, MICA_UNSUPPORTED},
                 {"HTTP/1.1 418 Tea\r\n" NO_BODY, MICA_VALUE},
                 {"HTTP/1.1 500 Oh\r\n" NO_BODY, MICA_IO},
                 {"HTTP/1.1 302 There\r\nLocation: /elsewhere\r\n" NO_BODY, MICA_IO}};
    for (size_t i = 0; i < LENGTH(codes); i++) {
        replies(codes[i].reply, NULL, NULL, NULL);
        c = client_of(NULL);
        ASSERT_FAILS(infer(c, &a, &err), codes[i].status, "model net: HTTP ");
        assert_int_equal(mock.count, 1);
        end(c);
    }
}

TEST(a_server_that_says_nothing_is_left) {
    mica_error err = {0};
    replies("wait", NULL, NULL, NULL);
    mica_client *c = client_of(MICA_OPTIONS(client, .timeout_ms = 50));
    ASSERT_FAILS(mica_client_live(c, &err), MICA_TIMEOUT, mock.url);
    assert_int_equal(mica_client_http_code(c), 0);
    end(c);
    replies("", NULL, NULL, NULL);
    c = client_of(NULL);
    ASSERT_FAILS(mica_client_ready(c, NULL, &err), MICA_IO, mock.url);
    end(c);
}

TEST(where_nobody_listens_it_is_tried_again_and_told) {
    mica_error err = {0};
    const mica_answer *a;
    mica_client *c;
    mock_begin(&mock);
    mock_end(&mock); /* a port that was free a moment ago */
    ASSERT_OK(
        mica_client_open(mock.url, MICA_OPTIONS(client, .retries = 1, .retry_ms = 1), &c, &err));
    ASSERT_FAILS(infer(c, &a, &err), MICA_IO, "after 2 tries: http://127.0.0.1:");
    ASSERT_FAILS(mica_client_ready(c, NULL, &err), MICA_IO, mock.url);
    assert_null(strstr(err.message, "tries"));
    mica_client_close(&c);
}

TEST(replies_that_are_too_long_or_broken_are_errors) {
    mica_error err = {0};
    const mica_answer *a;
    const mica_client_model *m;
    replies(JSON(20, "{\"name\": \"0123456789"), NULL, NULL, NULL);
    mica_client *c = client_of(MICA_OPTIONS(client, .most_reply = 19));
    ASSERT_FAILS(mica_client_describe(c, "net", NULL, &m, &err), MICA_FORMAT, "more than 19 bytes");
    end(c);
    static const char *const broken[] = {
        JSON(20, "{\"name\": \"0123456789"), JSON(2, "[]"), OK_ NO_BODY,
        OK_ "Inference-Header-Content-Length: 9\r\nContent-Length: 2\r\n\r\n{}",
        OK_ "Inference-Header-Content-Length: -1\r\nContent-Length: 2\r\n\r\n{}"};
    for (size_t i = 0; i < LENGTH(broken); i++) {
        replies(broken[i], NULL, NULL, NULL);
        c = client_of(NULL);
        ASSERT_FAILS(infer(c, &a, &err), MICA_FORMAT, "the reply");
        end(c);
    }
}

/* A list deeper than any shape: nothing is stored that was not counted. */
TEST(replies_deeper_than_their_shape_are_errors) {
    enum { NUMBERS = 20000, DEPTH = 12 };
    static const struct {
        const char *shape, *type, *error;
    } hostile[] = {{"[0]", "FP64", "of shape (0,) has 1 elements"},
                   {"[1]", "FP64", "expected an element of its type"},
                   {"[20000]", "FP64", "of shape (20000,) has 1 elements"}};
    static char text[NUMBERS * 2 + 512];
    arena memory = {0};
    mica_answer a;
    mica_error err = {0};
    for (size_t i = 0; i < LENGTH(hostile); i++) {
        int n = snprintf(
            text, sizeof text,
            "{\"model_name\":\"m\",\"model_version\":\"1\",\"outputs\":[{\"name\":\"y\","
            "\"datatype\":\"%s\",\"shape\":%s,\"data\":",
            hostile[i].type, hostile[i].shape);
        for (int k = 0; k < DEPTH; k++) text[n++] = '[';
        for (int k = 0; k < NUMBERS; k++) text[n++] = '1', text[n++] = ',';
        memset(text + --n, ']', DEPTH); /* the first in place of the last comma */
        memcpy(text + n + DEPTH, "}]}", 4);
        ASSERT_FAILS(reply_tensors(text, strlen(text), SIZE_MAX, &memory, &a, &err), MICA_FORMAT,
                     hostile[i].error);
    }
    static const char none[] = "{\"outputs\":[{\"name\":\"y\",\"datatype\":\"BOOL\",\"shape\":"
                               "[1099511627776,1099511627776]}]}";
    ASSERT_FAILS(reply_tensors(none, sizeof none - 1, SIZE_MAX, &memory, &a, &err), MICA_FORMAT,
                 "has no list \"data\"");
    arena_free(&memory);
}

TEST(waits_between_tries_double_up_to_a_minute) {
    assert_int_equal(client_pause_ms(100, 1), 100);
    assert_int_equal(client_pause_ms(100, 4), 800);
    assert_int_equal(client_pause_ms(100, 11), 60000);
    assert_int_equal(client_pause_ms(1, INT64_MAX), 60000);
    assert_int_equal(client_pause_ms(INT64_C(1) << 62, 2), 60000);
    assert_int_equal(client_pause_ms((INT64_C(1) << 47) + 1, 18), 60000);
}

TEST(requests_say_what_was_asked_for) {
    mica_error err = {0};
    const mica_answer *a;
    const float x[2] = {1, 2};
    const mica_string words[2] = {{"a", 1}, {"bc", 2}};
    const mica_client_tensor in[] = {{"x", MICA_FLOAT32, MICA_SHAPE(1, 2), x},
                                     {"w\"", MICA_STRING, MICA_SHAPE(2), words}};
    replies(whole, NULL, NULL, NULL);
    mica_client *c = client_of(NULL);
    ASSERT_OK(mica_client_infer(c, "a/b ?", in, 2,
                                MICA_OPTIONS(ask, .version = "champion", .request_id = "r-1",
                                             .priority = 2, .deadline_ms = 7,
                                             .outputs = MICA_TEXTS("y", "z")),
                                &a, &err));
    const char *asked = mock.asked[0];
    assert_non_null(strstr(asked, "POST /v2/models/a%2Fb%20%3F/versions/champion/infer HTTP/1.1"));
    assert_non_null(strstr(asked, "X-Request-Id: r-1\r\n"));
    assert_null(strstr(asked, "Expect"));
    assert_null(strstr(asked, "Authorization"));
    const char *json = strstr(asked, "\r\n\r\n") + 4;
    static const char text[] =
        "{\"parameters\":{\"binary_data_output\":true,\"timeout\":7000,\"priority\":2},\"outputs\":"
        "[{\"name\":\"y\"},{\"name\":\"z\"}],\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\","
        "\"shape\":[1,2],\"parameters\":{\"binary_data_size\":8}},{\"name\":\"w\\\"\",\"datatype\":"
        "\"BYTES\",\"shape\":[2],\"parameters\":{\"binary_data_size\":11}}]}";
    assert_memory_equal(json, text, sizeof text - 1);
    assert_memory_equal(json + sizeof text - 1, x, 8);
    assert_memory_equal(json + sizeof text - 1 + 8, "\1\0\0\0a\2\0\0\0bc", 11);
    end(c);
}

TEST(the_last_request_id_may_be_used_for_the_next_call) {
    mica_error err = {0};
    const mica_answer *a;
    const float x[2] = {1, 2};
    const mica_client_tensor in = {"x", MICA_FLOAT32, MICA_SHAPE(1, 2), x};
    replies(whole, BUSY_ NO_BODY, whole, JSON(14, "{\"accepted\":1}"));
    mica_client *c = client_of(MICA_OPTIONS(client, .retry_ms = 1));
    ASSERT_OK(infer(c, &a, &err));
    const mica_ask_options *same = MICA_OPTIONS(ask, .request_id = mica_client_request_id(c));
    ASSERT_OK(mica_client_infer(c, "net", &in, 1, same, &a, &err));
    assert_non_null(strstr(mock.asked[1], "X-Request-Id: abc\r\n"));
    assert_non_null(strstr(mock.asked[2], "X-Request-Id: abc\r\n")); /* 503 had none */
    const mica_client_label label = {.id = mica_client_request_id(c), .text = "yes"};
    ASSERT_OK(mica_client_feedback(c, "net", &label, 1, &err));
    assert_non_null(strstr(mock.asked[3], "{\"id\":\"abc\",\"label\":\"yes\"}"));
    assert_string_equal(mica_client_request_id(c), "");
    end(c);
}

TEST(labels_go_all_or_none) {
    mica_error err = {0};
    const mica_client_label two[] = {{.id = "r-1", .text = "a \"b\""},
                                     {.id = "r-2", .json = "[1, 0]"}};
    static const char none[] = "HTTP/1.1 404 No\r\nContent-Length: 28\r\n\r\n{\"error\":\"keeps no"
                               " records\"}";
    replies(BUSY_ NO_BODY, JSON(14, "{\"accepted\":2}"), JSON(14, "{\"accepted\":1}"), none);
    mica_client *c = client_of(MICA_OPTIONS(client, .retry_ms = 1));
    ASSERT_OK(mica_client_feedback(c, "net", two, 2, &err)); /* a second time puts the same there */
    assert_int_equal(mock.count, 2);
    assert_non_null(strstr(mock.asked[1], "POST /v2/models/net/feedback HTTP/1.1"));
    assert_non_null(strstr(mock.asked[1], "Content-Type: application/json\r\n"));
    assert_string_equal(strstr(mock.asked[1], "\r\n\r\n") + 4,
                        "[{\"id\":\"r-1\",\"label\":\"a \\\"b\\\"\"},"
                        "{\"id\":\"r-2\",\"label\":[1, 0]}]");
    ASSERT_FAILS(mica_client_feedback(c, "net", two, 2, &err), MICA_FORMAT,
                 "the reply: expected 2 as \"accepted\", found 1");
    ASSERT_FAILS(mica_client_feedback(c, "net", two, 1, &err), MICA_NAME,
                 "model net: HTTP 404: keeps no records");
    end(c);
}

TEST(labels_that_are_none_are_not_sent) {
    mica_error err = {0};
    static const struct {
        mica_client_label label;
        mica_status status;
        const char *word;
    } wrong[] = {{{.text = "yes"}, MICA_VALUE, "label 2: id is empty"},
                 {{.id = "", .text = "yes"}, MICA_VALUE, "label 2: id is empty"},
                 {{.id = "r"}, MICA_VALUE, "label 2: text and json are NULL"},
                 {{.id = "r", .text = "1", .json = "1"}, MICA_VALUE, "text and json are set"},
                 {{.id = "r", .text = "\xff"}, MICA_VALUE, "UTF-8"},
                 {{.id = "\xff", .text = "yes"}, MICA_VALUE, "UTF-8"},
                 {{.id = "r", .json = "null"}, MICA_VALUE, "label 2: json is null"},
                 {{.id = "r", .json = ""}, MICA_FORMAT, "label 2: empty"},
                 {{.id = "r", .json = "yes"}, MICA_FORMAT, "label 2: line 1"},
                 {{.id = "r", .json = "1},{\"id\":\"s\",\"label\":2"}, MICA_FORMAT, "label 2"}};
    mica_client *c = client_of(NULL);
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        const mica_client_label two[] = {{.id = "q", .text = ""}, wrong[i].label};
        ASSERT_FAILS(mica_client_feedback(c, "net", two, 2, &err), wrong[i].status, wrong[i].word);
    }
    ASSERT_FAILS(mica_client_feedback(c, "net", &wrong[0].label, 0, &err), MICA_VALUE,
                 "count is 0");
    assert_int_equal(mock.count, 0);
    end(c);
}

TEST(what_cannot_be_asked_is_not_sent) {
    mica_error err = {0};
    const mica_answer *a;
    const float x[2] = {1, 2};
    mica_client_tensor in = {"x", MICA_FLOAT32, MICA_SHAPE(1, -1), x};
    mica_client *c = client_of(NULL);
    ASSERT_FAILS(mica_client_infer(c, "net", &in, 1, NULL, &a, &err), MICA_SHAPE, "(1, None)");
    in.shape.dims[1] = 2;
    in.dtype = (mica_dtype)99;
    ASSERT_FAILS(mica_client_infer(c, "net", &in, 1, NULL, &a, &err), MICA_TYPE, "dtype number 99");
    in.dtype = MICA_FLOAT32, in.data = NULL;
    ASSERT_FAILS(mica_client_infer(c, "net", &in, 1, NULL, &a, &err), MICA_VALUE, "data is NULL");
    in.data = x;
    ASSERT_FAILS(mica_client_infer(c, "", &in, 1, NULL, &a, &err), MICA_VALUE, "expected names");
    ASSERT_FAILS(mica_client_infer(c, "..", &in, 1, NULL, &a, &err), MICA_VALUE, "expected names");
    ASSERT_FAILS(mica_client_infer(c, "m", &in, 1, MICA_OPTIONS(ask, .top = -1), &a, &err),
                 MICA_VALUE, "top is -1");
    ASSERT_FAILS(
        mica_client_infer(c, "m", &in, 1, MICA_OPTIONS(ask, .request_id = "a\r\nb"), &a, &err),
        MICA_VALUE, "request_id");
    assert_int_equal(mock.count, 0);
    end(c);
}

static const char *key_file(const char *text) {
    const char *path = in_folder("key");
    put_file(path, text, strlen(text));
    return path;
}

TEST(a_key_comes_from_a_file_and_goes_to_this_server_alone) {
    mica_error err = {0};
    mica_client *c;
    replies(OK_ NO_BODY, NULL, NULL, NULL);
    c = client_of(MICA_OPTIONS(client, .key_file = key_file("mica_secret\nmore\n")));
    ASSERT_OK(mica_client_live(c, &err));
    assert_non_null(strstr(mock.asked[0], "\r\nAuthorization: Bearer mica_secret\r\n"));
    end(c);
    static const char *const wrong[] = {"", "\n", "two words\n", "a\tb", "caf\xc3\xa9"};
    for (size_t i = 0; i < LENGTH(wrong); i++)
        ASSERT_FAILS(mica_client_open("http://127.0.0.1:1",
                                      MICA_OPTIONS(client, .key_file = key_file(wrong[i])), &c,
                                      &err),
                     MICA_FORMAT, "expected a key or a token");
    const mica_client_options *key = MICA_OPTIONS(client, .key_file = key_file("mica_secret"));
    static const char *const far[] = {"http://192.0.2.1:80", "http://localhost.example",
                                      "http://127.0.0.1.example:80", "HTTP://128.0.0.1"};
    for (size_t i = 0; i < LENGTH(far); i++) {
        ASSERT_FAILS(mica_client_open(far[i], key, &c, &err), MICA_VALUE, "in the clear");
        assert_null(strstr(err.message, "secret"));
    }
    static const char *const near[] = {"http://localhost", "http://[::1]:80", "http://127.9.9.9",
                                       "https://192.0.2.1"};
    for (size_t i = 0; i < LENGTH(near); i++) {
        ASSERT_OK(mica_client_open(near[i], key, &c, &err));
        mica_client_close(&c);
    }
    ASSERT_OK(mica_client_open(
        far[0], MICA_OPTIONS(client, .key_file = in_folder("key"), .insecure = true), &c, &err));
    mica_client_close(&c);
}

TEST(options_that_are_wrong_are_told_when_it_is_opened) {
    mica_error err = {0};
    mica_client *c;
    static const char *const urls[] = {"file:///etc/hostname", "127.0.0.1:80", "ftp://host",
                                       "http://"};
    for (size_t i = 0; i < LENGTH(urls); i++)
        ASSERT_FAILS(mica_client_open(urls[i], NULL, &c, &err), MICA_VALUE, "expected");
    ASSERT_FAILS(mica_client_open("http://me:secret@host", NULL, &c, &err), MICA_VALUE,
                 "the URL names a user");
    assert_null(strstr(err.message, "secret"));
    ASSERT_FAILS(mica_client_open("http://host/v2", NULL, &c, &err), MICA_VALUE, "without a path");
    ASSERT_FAILS(mica_client_open("http://host", MICA_OPTIONS(client, .ca = "/none.pem"), &c, &err),
                 MICA_IO, "/none.pem");
    ASSERT_FAILS(
        mica_client_open("http://host", MICA_OPTIONS(client, .key_file = "/none"), &c, &err),
        MICA_IO, "/none");
    ASSERT_FAILS(mica_client_open("http://host", MICA_OPTIONS(client, .retries = -1), &c, &err),
                 MICA_VALUE, "retries is -1");
    assert_null(c);
}

RUN_TESTS(UNIT(busy_servers_are_asked_again_on_the_same_connection),
          UNIT(tries_are_counted_and_may_be_none),
          UNIT(retry_after_is_waited_for_where_the_time_is_there),
          UNIT(errors_of_requests_are_not_tried_again), UNIT(a_server_that_says_nothing_is_left),
          UNIT(where_nobody_listens_it_is_tried_again_and_told),
          UNIT(replies_that_are_too_long_or_broken_are_errors),
          UNIT(replies_deeper_than_their_shape_are_errors),
          UNIT(waits_between_tries_double_up_to_a_minute), UNIT(requests_say_what_was_asked_for),
          UNIT(the_last_request_id_may_be_used_for_the_next_call), UNIT(labels_go_all_or_none),
          UNIT(labels_that_are_none_are_not_sent), UNIT(what_cannot_be_asked_is_not_sent),
          UNIT(a_key_comes_from_a_file_and_goes_to_this_server_alone),
          UNIT(options_that_are_wrong_are_told_when_it_is_opened))
