// The shell's own commands.

#include "user/cowshed.h"
#include "user/user.h"
#include "sh.h"

static int change_directory(const struct word *words)
{
    if (words && words->next) {
        fprintf(2, "usage: cd [DIRECTORY]\n");
        return BAD_SYNTAX;
    }
    const char *path = words ? words->text : "/";
    if (chdir(path) < 0) {
        fprintf(2, "%scannot cd to %s\n", origin(), path);
        return 1;
    }
    return 0;
}

static int end_shell(const struct word *words)
{
    int status = words ? number_of(words->text) : last_status;
    if (words && (words->next || status < 0)) {
        fprintf(2, "usage: exit [STATUS]\n");
        return BAD_SYNTAX;
    }
    exit(status);
}

static int wait_for_all(const struct word *words)
{
    if (words) {
        fprintf(2, "usage: wait\n");
        return BAD_SYNTAX;
    }
    if (!shows_prompts()) {
        while (wait(0) >= 0)
            ;
        return 0;
    }
    // Not to be stuck in wait(): the shell looks for ^C at each tick.
    for (reap_background(); in_background && !is_interrupted(); reap_background())
        sleep(1);
    return 0;
}

static const struct builtin {
    const char *name;
    int (*run)(const struct word *arguments);
} builtins[] = {
    {"cd", change_directory},
    {"exit", end_shell},
    {"wait", wait_for_all},
};

static const struct builtin *find(const char *name)
{
    for (uint i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
        if (strcmp(name, builtins[i].name) == 0)
            return &builtins[i];
    }
    return 0;
}

bool is_builtin(const char *name)
{
    return find(name);
}

int run_builtin(const struct word *words)
{
    return find(words->text)->run(words->next);
}
