/* What a service manager is told while it does not listen: nobody waits for it, and no state is
 * lost. */
#include "serve/systemd.h"
#include "support/testing.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A manager's socket, which $NOTIFY_SOCKET names. */
static int listen_as_manager(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    const int length = snprintf(name, sizeof name, "@mica-test-systemd-%ld", (long)getpid());
    memcpy(address.sun_path + 1, name + 1, (size_t)length - 1);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length)),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

/* Until it takes no more; how many it took. */
static int fill(service_manager *m) {
    int count = 0;
    while (manager_tell(m, "WATCHDOG=1")) count++;
    assert_true(count > 0);
    return count;
}

static void hears(int fd, const char *text) {
    char got[MANAGER_TEXT];
    const ssize_t length = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);
    if (length < 0) fail_msg("nothing was told, expected %s", text);
    got[length] = 0;
    assert_string_equal(got, text);
}

static void hears_nothing(int fd) {
    char byte;
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
}

TEST(a_manager_that_is_busy_is_told_later) {
    service_manager m;
    mica_error err;
    const int fd = listen_as_manager();
    ASSERT_OK(manager_open(&m, &err));
    int count = fill(&m);
    assert_false(manager_tell(&m, "READY=1\nSTATUS=%d model", 1)); /* owed */
    assert_false(manager_tell(&m, "STATUS=of a moment"));
    assert_false(manager_again(&m));
    while (count--) hears(fd, "WATCHDOG=1");
    hears_nothing(fd);
    assert_true(manager_tell(&m, "STATUS=of now"));
    hears(fd, "READY=1\nSTATUS=1 model");
    hears(fd, "STATUS=of now");
    hears_nothing(fd);
    assert_true(manager_again(&m));
    manager_close(&m);
    close(fd);
}

TEST(of_many_states_the_newest_are_told) {
    service_manager m;
    mica_error err;
    char text[64];
    const int fd = listen_as_manager();
    ASSERT_OK(manager_open(&m, &err));
    int count = fill(&m);
    for (int i = 0; i < MOST_OWED + 2; i++) manager_tell(&m, "RELOADING=1\nSTATUS=%d", i);
    while (count--) hears(fd, "WATCHDOG=1");
    assert_true(manager_again(&m));
    for (int i = 2; i < MOST_OWED + 2; i++) {
        snprintf(text, sizeof text, "RELOADING=1\nSTATUS=%d", i);
        hears(fd, text);
    }
    hears_nothing(fd);
    manager_close(&m);
    close(fd);
}

TEST(a_manager_that_is_gone_is_owed_nothing) {
    service_manager m;
    mica_error err;
    const int fd = listen_as_manager();
    ASSERT_OK(manager_open(&m, &err));
    close(fd);
    assert_false(manager_tell(&m, "READY=1"));
    assert_true(manager_again(&m));
    manager_close(&m);
    assert_false(manager_tell(&m, "READY=1"));
}

RUN_TESTS(UNIT(a_manager_that_is_busy_is_told_later), UNIT(of_many_states_the_newest_are_told),
          UNIT(a_manager_that_is_gone_is_owed_nothing))
