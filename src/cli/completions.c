/* mica completions: what bash, zsh or fish completes, written from the tables of commands. Values
 * that are names (of optimizers, losses …) are asked of `mica list` when they are wanted. */
#include "cli/cli.h"

#include <string.h>

typedef struct completions_options {
    common_options common;
} completions_options;

#define O completions_options
static const option options[] = {COMMON_OPTIONS(O), END_OF_OPTIONS};

#define NAMES "$(mica list %s | sed \"s/ .*//\")"

/* Text with a backslash before each of these characters. */
static void print_escaped(const char *text, const char *characters) {
    for (; *text; text++) {
        if (strchr(characters, *text)) putchar('\\');
        putchar(*text);
    }
}

static void print_words(const command *c, const char *between) {
    for (size_t i = 0; c->word && c->word(i); i++) printf("%s%s", i ? between : "", c->word(i));
}

static void print_choices(const option *o, const char *between) {
    for (size_t i = 0; o->choices[i]; i++) printf("%s%s", i ? between : "", o->choices[i]);
}

/* ---- bash ---- */

static void bash_values(const command *c, const option *o) {
    if (!o->choices && !o->listing) return;
    printf("        %s/--%s) values=\"", c->name, o->name);
    if (o->choices) print_choices(o, " ");
    else printf(NAMES, o->listing);
    printf("\" ;;\n");
}

static void bash_command(const command *c) {
    printf("        %s) options=\"", c->name);
    const option *o;
    for (size_t i = 0; (o = command_option(c, i)); i++) printf("%s--%s", i ? " " : "", o->name);
    printf("\" words=\"");
    print_words(c, " ");
    printf("\" ;;\n");
}

static void bash(void) {
    printf("# What bash completes after mica; written by `mica completions bash`.\n"
           "_mica() {\n"
           "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local options= words= values=\n"
           "    if [ \"$COMP_CWORD\" = 1 ]; then words=\"");
    for (const command *const *c = all_commands; *c; c++) printf("%s ", (*c)->name);
    printf("help\" options=\"--help --version\"\n"
           "    else\n"
           "        case ${COMP_WORDS[1]} in\n");
    for (const command *const *c = all_commands; *c; c++) bash_command(*c);
    printf("        help) words=\"");
    for (const command *const *c = all_commands; *c; c++) printf("%s ", (*c)->name);
    printf("\" ;;\n"
           "        esac\n"
           "        case ${COMP_WORDS[1]}/$before in\n");
    const option *o;
    for (const command *const *c = all_commands; *c; c++)
        for (size_t i = 0; (o = command_option(*c, i)); i++) bash_values(*c, o);
    printf("        esac\n"
           "    fi\n"
           "    [ -n \"$values\" ] && words=$values options=\n"
           "    case $word in -*) words=$options ;; esac\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
           "}\n"
           "complete -o bashdefault -o default -F _mica mica\n");
}

/* ---- zsh ---- */

/* Within single quotes, with a backslash before each of these characters. */
static void print_quoted(const char *text, const char *characters) {
    for (; *text; text++) {
        if (*text == '\'') printf("'\\''");
        else {
            if (strchr(characters, *text)) putchar('\\');
            putchar(*text);
        }
    }
}

static void zsh_option(const option *o) {
    printf("            '--%s[", o->name);
    print_quoted(o->help, "[]:\\");
    printf("]");
    if (o->type != OPTION_FLAG) printf(":%s:", o->argument);
    if (o->choices) printf("("), print_choices(o, " "), printf(")");
    else if (o->listing) printf("{compadd -- " NAMES "}", o->listing);
    else if (o->type == OPTION_TEXT) printf("_files");
    printf("'");
    printf(" \\\n");
}

static void zsh(void) {
    printf("#compdef mica\n# What zsh completes after mica; written by `mica completions zsh`.\n"
           "local -a commands\ncommands=(\n");
    for (const command *const *c = all_commands; *c; c++) {
        printf("    '%s:", (*c)->name);
        print_quoted((*c)->summary, "");
        printf("'\n");
    }
    printf(")\nif (( CURRENT == 2 )); then\n    _describe 'command' commands\nelse\n"
           "    local name=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $name in\n");
    for (const command *const *c = all_commands; *c; c++) {
        const option *o;
        printf("        %s) _arguments \\\n", (*c)->name);
        for (size_t i = 0; (o = command_option(*c, i)); i++) zsh_option(o);
        if ((*c)->word)
            printf("            '1:%s:(", (*c)->name), print_words(*c, " "), printf(")' \\\n");
        printf("            '*:file:_files' ;;\n");
    }
    printf("    esac\nfi\n");
}

/* ---- fish ---- */

static void fish_option(const command *c, const option *o) {
    printf("complete -c mica -n '__fish_seen_subcommand_from %s' -l %s", c->name, o->name);
    if (o->choices) printf(" -x -a '"), print_choices(o, " "), printf("'");
    else if (o->listing) printf(" -x -a '(mica list %s | sed \"s/ .*//\")'", o->listing);
    else if (o->type == OPTION_TEXT || o->type == OPTION_TEXTS) printf(" -r");
    else if (o->type != OPTION_FLAG) printf(" -x");
    printf(" -d '");
    print_escaped(o->help, "'\\");
    printf("'\n");
}

static void fish(void) {
    printf("# What fish completes after mica; written by `mica completions fish`.\n");
    for (const command *const *c = all_commands; *c; c++) {
        printf("complete -c mica -f -n __fish_use_subcommand -a %s -d '", (*c)->name);
        print_escaped((*c)->summary, "'\\");
        printf("'\n");
        if ((*c)->word) {
            printf("complete -c mica -f -n '__fish_seen_subcommand_from %s' -a '", (*c)->name);
            print_words(*c, " ");
            printf("'\n");
        }
        const option *o;
        for (size_t i = 0; (o = command_option(*c, i)); i++) fish_option(*c, o);
    }
}

/* ---- the command ---- */

static const struct shell {
    const char *name;
    void (*print)(void);
} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

static const char *word(size_t i) { return i < LENGTH(shells) ? shells[i].name : NULL; }

static int run(void *data) {
    const completions_options *o = data;
    const char *wanted = o->common.argument[0];
    for (size_t i = 0; i < LENGTH(shells); i++)
        if (!strcmp(wanted, shells[i].name)) return shells[i].print(), EXIT_DONE;
    return wrong_usage(&command_completions, "no completions for '%s'; there are bash, zsh, fish",
                       wanted);
}

const command command_completions = {
    "completions",
    "bash | zsh | fish",
    "a script that completes commands, options and names in a shell",
    options,
    sizeof(completions_options),
    1,
    1,
    run,
    "make install puts all three in their places. For one's own account:\n"
    "  mica completions bash >~/.local/share/bash-completion/completions/mica\n"
    "  mica completions zsh >a folder of $fpath/_mica\n"
    "  mica completions fish >~/.config/fish/completions/mica.fish\n",
    word};
