/* The command `mica`: finds the command and runs it. */
#include "build_config.h"
#include "cli/cli.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND(name) extern const command command_##name;
#include "cli/commands.def"
#undef COMMAND

const command *const all_commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
    NULL,
};

static void print_overview(FILE *out) {
    fprintf(out, "mica %s: a native deep-learning system\n\nUsage: mica COMMAND [options]\n\n", MICA_VERSION);
    for (const command *const *c = all_commands; *c; c++) fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(out, "\nmica COMMAND --help tells the options of a command.\n");
}

static const command *find_command(const char *name) {
    for (const command *const *c = all_commands; *c; c++)
        if (!strcmp((*c)->name, name)) return *c;
    return NULL;
}

static int unknown_command(const char *name) {
    const char *names[64], *near;
    size_t n = 0;
    for (const command *const *c = all_commands; *c && n + 1 < LENGTH(names); c++) names[n++] = (*c)->name;
    names[n] = NULL;
    near = nearest_name(name, names);
    fprintf(stderr, "mica: unknown command '%s'", name);
    if (near) fprintf(stderr, " (did you mean '%s'?)", near);
    fprintf(stderr, "\nmica --help lists the commands.\n");
    return EXIT_USAGE;
}

static int run_command(const command *c, int argc, char **argv) {
    int code = EXIT_USAGE;
    void *options = calloc(1, c->options_size);
    if (!options) {
        fprintf(stderr, "mica: no memory\n");
        return EXIT_FAILED;
    }
    if (parse_options(c, argc, argv, options)) {
        if (((common_options *)options)->help) {
            print_help(c, stdout);
            code = EXIT_DONE;
        } else {
            code = c->run(options);
        }
    }
    free(options);
    if (code == EXIT_DONE && (fflush(stdout) || ferror(stdout))) {
        perror("mica: standard output");
        code = EXIT_FAILED;
    }
    return code;
}

int main(int argc, char **argv) {
    const char *name = argc > 1 ? argv[1] : NULL;
    setlocale(LC_CTYPE, ""); /* widths of characters; numbers read the same in every locale */
    if (!name) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(name, "--version") || !strcmp(name, "version")) {
        printf("mica %s\n", MICA_VERSION);
        return EXIT_DONE;
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        const command *about = argc > 2 ? find_command(argv[2]) : NULL;
        if (about) print_help(about, stdout);
        else print_overview(stdout);
        return EXIT_DONE;
    }
    const command *c = find_command(name);
    return c ? run_command(c, argc - 2, argv + 2) : unknown_command(name);
}
