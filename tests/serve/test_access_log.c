/* What the access log does where there is no memory for a line. */
#include "serve/access_log.h"
#include "support/folder.h"

static void add(access_log *log, strbuf *lines, const char *path) {
    const exchange x = {.method = "GET", .path = path, .code = 200};
    access_log_add(log, lines, &x, 0, true);
}

TEST(lines_without_memory_are_counted_and_later_ones_are_written) {
    mica_error err;
    access_log *log;
    strbuf lines = {0};
    size_t length;
    ASSERT_OK(access_log_open(in_folder("access.log"), &log, &err));
    add(log, &lines, "/first");
    lines.failed = true;
    add(log, &lines, "/second");
    access_log_flush(log, &lines);
    assert_int_equal(access_log_lost(log), 2);
    add(log, &lines, "/third");
    access_log_flush(log, &lines);
    assert_int_equal(access_log_lost(log), 2);
    lines.failed = true; /* before there was any */
    access_log_flush(log, &lines);
    assert_int_equal(access_log_lost(log), 3);
    access_log_close(log);
    char *text = (char *)get_file(in_folder("access.log"), &length);
    assert_true(length > 0 && text[length - 1] == '\n');
    text[length - 1] = 0;
    assert_non_null(strstr(text, "\"/third\""));
    assert_null(strchr(text, '\n')); /* it is the only line */
    free(text);
    strbuf_free(&lines);
}

RUN_TESTS(UNIT(lines_without_memory_are_counted_and_later_ones_are_written))
