/* See signals.h. A handler can only reach what is static. */
#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t noting, caught;

static void on_signal(int number) {
    if (!noting || caught) _exit(128 + number);
    caught = number;
}

static void catch_one(int number) {
    struct sigaction before, now = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    if (sigaction(number, NULL, &before) || before.sa_handler == SIG_IGN) return;
    sigemptyset(&now.sa_mask);
    sigaction(number, &now, NULL);
}

void signals_catch(void) {
    catch_one(SIGINT);
    catch_one(SIGTERM);
}

void signals_note(bool on) { noting = on; }

int signals_exit(void) { return caught ? 128 + caught : 0; }
