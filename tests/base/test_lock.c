#include "base/lock.h"

#include "base/file.h"
#include "support/folder.h"

#include <sys/wait.h>
#include <unistd.h>

static mica_context *open_one(void) {
    mica_context *ctx = context_new(NULL);
    assert_non_null(ctx);
    return ctx;
}

TEST(lock_is_taken_once_by_contexts_and_again_by_its_own) {
    mica_error err = {0};
    mica_context *one = open_one(), *two = open_one();
    const char *path = in_folder("model.checkpoint");
    char *file = strdup(in_folder("model.checkpoint.lock")), text[64];
    ASSERT_OK(lock_take(one, path, &err));
    ASSERT_OK(lock_take(one, path, &err));
    snprintf(text, sizeof text, "model.checkpoint.lock is held by process %ld", (long)getpid());
    ASSERT_FAILS(lock_take(two, path, &err), MICA_BUSY, text);
    lock_give(one, path);
    ASSERT_FAILS(lock_take(two, path, &err), MICA_BUSY, text);
    lock_give(one, path);
    assert_false(file_exists(file));
    ASSERT_OK(lock_take(two, path, &err));
    assert_true(file_exists(file));
    mica_close(&two);
    assert_false(file_exists(file));
    ASSERT_OK(lock_take(one, path, &err));
    mica_close(&one);
    free(file);
}

TEST(lock_of_a_killed_process_is_taken_over) {
    mica_error err = {0};
    const char *path = in_folder("killed");
    pid_t child = fork();
    if (!child) {
        mica_context *ctx = open_one();
        _exit(lock_take(ctx, path, &err) != MICA_OK); /* as if killed: nothing is given back */
    }
    int status = 1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_true(file_exists(in_folder("killed.lock")));
    mica_context *ctx = open_one();
    ASSERT_OK(lock_take(ctx, path, &err));
    mica_close(&ctx);
    assert_false(file_exists(in_folder("killed.lock")));
}

/* Each child adds one to a number in a file, which two of them at once would lose. */
TEST(lock_waits_until_the_other_gives_it_back) {
    enum { CHILDREN = 8, TURNS = 20 };
    mica_error err = {0};
    const char *path = in_folder("number");
    put_file(path, "0", 1);
    for (int i = 0; i < CHILDREN; i++) {
        if (fork()) continue;
        mica_context *ctx = open_one();
        for (int k = 0; k < TURNS; k++) {
            if (lock_wait(ctx, path, &err) != MICA_OK) _exit(1);
            FILE *file = fopen(path, "r+");
            int number = -1;
            if (!file || fscanf(file, "%d", &number) != 1) _exit(1);
            rewind(file);
            fprintf(file, "%d", number + 1);
            fclose(file);
            lock_give(ctx, path);
        }
        _exit(0);
    }
    for (int i = 0, status; i < CHILDREN; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    size_t size;
    unsigned char *text = get_file(path, &size);
    assert_string_equal((char *)text, "160");
    free(text);
    assert_false(file_exists(in_folder("number.lock")));
}

TEST(lock_tells_where_its_file_cannot_be) {
    mica_error err = {0};
    mica_context *ctx = open_one();
    ASSERT_FAILS(lock_take(ctx, "/nowhere/model", &err), MICA_IO, "/nowhere/model.lock");
    mica_close(&ctx);
}

RUN_TESTS(UNIT(lock_is_taken_once_by_contexts_and_again_by_its_own),
          UNIT(lock_of_a_killed_process_is_taken_over),
          UNIT(lock_waits_until_the_other_gives_it_back), UNIT(lock_tells_where_its_file_cannot_be))
