/* mica man: the manual pages, in roff, written from the tables of commands. */
#include "build_config.h"
#include "cli/cli.h"

#include <ctype.h>
#include <string.h>

typedef struct man_options {
    common_options common;
} man_options;

#define O man_options
static const option options[] = {COMMON_OPTIONS(O), END_OF_OPTIONS};

/* Text as roff takes it: '-' is a minus sign that can be copied, no line begins a request. */
static void print_text(const char *text) {
    bool begins = true;
    for (; *text; text++) {
        if (begins && (*text == '.' || *text == '\'')) printf("\\&");
        if (*text == '-' || *text == '\\') printf(*text == '-' ? "\\-" : "\\e");
        else putchar(*text);
        begins = *text == '\n';
    }
}

static void print_title(const char *name) {
    printf(".TH \"MICA");
    if (name) printf("\\-");
    for (; name && *name; name++) putchar(toupper((unsigned char)*name));
    printf("\" 1 \"\" \"mica %s\" \"mica\"\n.nh\n.ad l\n.SH NAME\n", MICA_VERSION);
}

static void print_common(void) {
    printf(".SH \"EXIT STATUS\"\n.TP\n.B 0\nsuccess\n.TP\n.B 1\nfailure; the message ends with its "
           "code, which\n.B mica explain\nexplains\n.TP\n.B 2\nwrong usage\n.TP\n.B 130, 143\n"
           "ended by Ctrl\\-C, by SIGTERM\n");
    printf(
        ".SH ENVIRONMENT\n.TP\n.B MICA_NUM_THREADS\nhow many threads compute (1 to 1024), instead "
        "of what "
        "affinity, cgroup quota and cores allow\n.TP\n.B NO_COLOR\nno colours in messages\n"
        ".TP\n.B MICA_REPOSITORY\nthe folder of models, where\n.B \\-\\-repository\nis not given\n"
        ".TP\n.BR LC_ALL \", \" LC_MESSAGES \", \" LANG\nthe language of explanations and reports: "
        "English, or Chinese where it begins with zh\n");
}

static void print_option(const option *o) {
    printf(".TP\n\\fB\\-\\-");
    print_text(o->name);
    printf("\\fR");
    if (o->argument) printf(" \\fI"), print_text(o->argument), printf("\\fR");
    putchar('\n');
    print_text(o->help);
    putchar('\n');
}

/* A command of a command: a part of its page. */
static void print_inner(const command *c) {
    printf(".SH \"MICA ");
    for (const char *letter = c->name; *letter; letter++) putchar(toupper((unsigned char)*letter));
    printf("\"\n.B mica %s\n", c->name);
    print_text(c->arguments);
    printf("\n.PP\n");
    print_text(c->summary);
    if (c->details) {
        printf("\n.PP\n.nf\n");
        print_text(c->details);
        printf(".fi");
    }
    putchar('\n');
    for (const option *o = c->options; o->name; o++) print_option(o);
}

static void print_command(const command *c) {
    print_title(c->name);
    printf("mica\\-%s \\- ", c->name);
    print_text(c->summary);
    printf("\n.SH SYNOPSIS\n.B mica %s\n", c->name);
    print_text(c->arguments);
    printf("\n[\\fIoptions\\fR]\n");
    if (c->details) {
        printf(".SH DESCRIPTION\n.nf\n");
        print_text(c->details);
        printf(".fi\n");
    }
    printf(".SH OPTIONS\n");
    for (const option *o = c->options; o->name; o++) print_option(o);
    for (const command *const *i = c->commands; i && *i; i++) print_inner(*i);
    print_common();
    printf(".SH \"SEE ALSO\"\n.BR mica (1)\n");
}

static void print_overview(void) {
    print_title(NULL);
    printf(
        "mica \\- a native deep\\-learning system\n.SH SYNOPSIS\n.B mica\n\\fICOMMAND\\fR "
        "[\\fIoptions\\fR]\n.SH DESCRIPTION\nmica prepares data, builds and trains neural "
        "networks, "
        "evaluates, saves and uses them.\nIts models are Keras .h5 files.\nResults go to standard "
        "output, progress and messages to standard error; with\n.B \\-\\-json\nstandard output "
        "holds JSON.\n.SH COMMANDS\n");
    for (const command *const *c = all_commands; *c; c++) {
        printf(".TP\n.BR mica\\-%s (1)\n", (*c)->name);
        print_text((*c)->summary);
        putchar('\n');
    }
    print_common();
}

static const char *word(size_t i) { return all_commands[i] ? all_commands[i]->name : NULL; }

static int run(void *data) {
    const man_options *o = data;
    const char *wanted = o->common.arguments ? o->common.argument[0] : NULL;
    if (!wanted) return print_overview(), EXIT_DONE;
    for (const command *const *c = all_commands; *c; c++)
        if (!strcmp((*c)->name, wanted)) return print_command(*c), EXIT_DONE;
    return wrong_usage(&command_man, "no command '%s'; mica --help lists them", wanted);
}

const command command_man = {"man",
                             "[COMMAND]",
                             "a manual page, in roff: mica man train | man -l -",
                             options,
                             sizeof(man_options),
                             0,
                             1,
                             run,
                             NULL,
                             word};
