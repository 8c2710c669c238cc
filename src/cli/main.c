/* The command `mica`: finds the command and runs it. */
#include "build_config.h"
#include "backend/kernel.h"
#include "cli/cli.h"
#include "cli/signals.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const command *const all_commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
    NULL,
};

static void print_overview(FILE *out) {
    fprintf(out, "mica %s: a native deep-learning system\n\nUsage: mica COMMAND [options]\n\n",
            MICA_VERSION);
    size_t widest = 0;
    for (const command *const *c = all_commands; *c; c++)
        if (strlen((*c)->name) > widest) widest = strlen((*c)->name);
    for (const command *const *c = all_commands; *c; c++)
        fprintf(out, "  %-*s %s\n", (int)widest, (*c)->name, (*c)->summary);
    fprintf(out, "\nmica COMMAND --help tells the options of a command.\n");
}

static const command *find_command(const command *const *among, const char *name) {
    for (const command *const *c = among; *c; c++)
        if (!strcmp(command_word(*c), name)) return *c;
    return NULL;
}

/* Of `owner` (NULL: of mica itself). */
static int unknown_command(const command *owner, const char *name) {
    const char *names[64], *near, *space = owner ? " " : "", *of = owner ? owner->name : "";
    size_t n = 0;
    for (const command *const *c = owner ? owner->commands : all_commands;
         *c && n + 1 < LENGTH(names); c++)
        names[n++] = command_word(*c);
    names[n] = NULL;
    near = nearest_name(name, names);
    fprintf(stderr, "mica%s%s: unknown command '%s'", space, of, name);
    if (near) fprintf(stderr, " (did you mean '%s'?)", near);
    fprintf(stderr, "\nmica%s%s --help lists the commands.\n", space, of);
    return EXIT_USAGE;
}

static bool backend_known(const command *c, const common_options *o) {
    strbuf known = {0};
    if (!o->backend) return true;
    for (const backend *const *b = backends(); *b; b++) {
        if (!strcmp((*b)->name, o->backend)) return strbuf_free(&known), true;
        strbuf_add(&known, "%s%s", known.length ? ", " : "", (*b)->name);
    }
    wrong_usage(c, "--backend %s is not in this build; there are %s", o->backend,
                known.data ? known.data : "none");
    strbuf_free(&known);
    return false;
}

/* The write that failed may have been long ago: the pipe itself says whether it is read. */
static bool has_reader(void) {
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) <= 0 || !(out.revents & (POLLERR | POLLHUP));
}

/* What could not be written is a failure; a reader who has seen enough (`| head`) needs no message.
 */
static int close_output(int code) {
    errno = 0;
    bool failed = fflush(stdout) != 0 || ferror(stdout);
    if (!failed) return code;
    if (errno != EPIPE && has_reader())
        fprintf(stderr, "mica: standard output: %s\n",
                errno ? strerror(errno) : "could not be written");
    return code == EXIT_DONE ? EXIT_FAILED : code;
}

/* The command of c's own that the first argument names, and its arguments; c itself where help is
 * asked for. NULL: wrong usage, and said. */
static const command *inner_command(const command *c, int *argc, char ***argv) {
    if (!c->commands || (*argc && (*argv)[0][0] == '-')) return c;
    if (!*argc) return print_help(c, stderr), NULL;
    const command *inner = find_command(c->commands, (*argv)[0]);
    if (!inner) unknown_command(c, (*argv)[0]);
    ++*argv, --*argc;
    return inner;
}

static int run_command(const command *c, int argc, char **argv) {
    if (!(c = inner_command(c, &argc, &argv))) return EXIT_USAGE;
    int code = EXIT_USAGE;
    void *options = calloc(1, c->options_size);
    if (!options) {
        fprintf(stderr, "mica: no memory\n");
        return EXIT_FAILED;
    }
    if (parse_options(c, argc, argv, options)) {
        const common_options *common = options;
        if (common->help) {
            print_help(c, stdout);
            code = EXIT_DONE;
        } else if (backend_known(c, common)) {
            code = c->run(options);
        }
    }
    free(options);
    return close_output(code);
}

static int help(int argc, char **argv) {
    const command *c = argc ? find_command(all_commands, argv[0]) : NULL;
    if (argc && !c) return unknown_command(NULL, argv[0]);
    if (c && c->commands && argc > 1) {
        const command *inner = find_command(c->commands, argv[1]);
        if (!inner) return unknown_command(c, argv[1]);
        c = inner;
    }
    if (c) print_help(c, stdout);
    else print_overview(stdout);
    return close_output(EXIT_DONE);
}

/* Widths of characters need a locale of UTF-8; numbers stay as they are in every locale. A full
 * disk and a closed pipe are errors of the write, not the end of a training. */
static void set_up_process(void) {
    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signals_clean();
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : NULL;
    set_up_process();
    if (!name) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(name, "--version") || !strcmp(name, "version")) {
        printf("mica %s\n", MICA_VERSION);
        return close_output(EXIT_DONE);
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help"))
        return help(argc - 2, argv + 2);
    const command *c = find_command(all_commands, name);
    return c ? run_command(c, argc - 2, argv + 2) : unknown_command(NULL, name);
}
