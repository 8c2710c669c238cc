/* See signals.h. A handler can only reach what is static. */
#include "cli/signals.h"

#include "base/error.h"
#include "base/file_abandon.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t noting, caught;

static void on_signal(int number) {
    if (noting && !caught) caught = number;
    else if (file_abandon_all(number)) _exit(128 + number);
}

/* The default action follows, so that whoever waits is told of the signal. */
static void on_end(int number) {
    if (file_abandon_all(number)) raise(number);
}

static void catch_one(int number, void (*handler)(int), int flags) {
    struct sigaction before, now = {.sa_handler = handler, .sa_flags = flags};
    if (sigaction(number, NULL, &before) || before.sa_handler == SIG_IGN) return;
    sigemptyset(&now.sa_mask);
    sigaction(number, &now, NULL);
}

void signals_clean(void) {
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    file_watch();
    for (size_t i = 0; i < LENGTH(ends); i++) catch_one(ends[i], on_end, (int)SA_RESETHAND);
}

void signals_catch(void) {
    catch_one(SIGINT, on_signal, SA_RESTART);
    catch_one(SIGTERM, on_signal, SA_RESTART);
}

void signals_note(bool on) { noting = on; }

int signals_exit(void) { return caught ? 128 + caught : 0; }
