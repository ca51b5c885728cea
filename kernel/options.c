#include "options.h"
#include "lib/print.h"
#include "lib/string.h"

#define MAX_PROCS 32768

// Cuts the next word, up to a space, off *text; 0 at the end.
static char *take_word(char **text)
{
    while (**text == ' ')
        ++*text;
    if (!**text)
        return 0;
    char *word = *text;
    while (**text && **text != ' ')
        ++*text;
    if (**text)
        *(*text)++ = 0;
    return word;
}

// What follows prefix in word; 0 where it does not start so.
static char *value_of(char *word, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(word, prefix, length) == 0 ? word + length : 0;
}

static uint64_t parse_number(const char *word, const char *digits, uint64_t low, uint64_t high)
{
    uint64_t value = 0;
    const char *c = digits;
    while (*c >= '0' && *c <= '9' && value <= high)
        value = value * 10 + (*c++ - '0');
    if (c == digits || *c || value < low || value > high)
        panic("boot argument %s: a number from %lu to %lu is needed", word, low, high);
    return value;
}

// Whether it is polled.
static bool parse_console(const char *word, const char *mode)
{
    bool polled = strcmp(mode, "polled") == 0;
    if (!polled && strcmp(mode, "interrupts") != 0)
        panic("boot argument %s: interrupts or polled is needed", word);
    return polled;
}

static enum root parse_root(const char *word, const char *disk)
{
    if (strcmp(disk, "ram") == 0)
        return ROOT_RAM;
    if (strcmp(disk, "virtio") == 0)
        return ROOT_VIRTIO;
    panic("boot argument %s: ram or virtio is needed", word);
}

static void parse_word(struct options *options, char *word)
{
    char *value;
    if ((value = value_of(word, "init=")) && *value != '/')
        panic("boot argument %s: a path that starts with / is needed", word);
    else if (value)
        options->init[0] = value;
    else if ((value = value_of(word, "root=")))
        options->root = parse_root(word, value);
    else if ((value = value_of(word, "procs=")))
        options->procs = parse_number(word, value, 2, MAX_PROCS);
    else if ((value = value_of(word, "shuffle=")))
        options->shuffle = parse_number(word, value, 0, UINT32_MAX);
    else if ((value = value_of(word, "console=")))
        options->console_polled = parse_console(word, value);
    else
        panic("boot argument %s is not known; there are init=/path, root=DISK, procs=N, "
              "shuffle=SEED, console=MODE, and -- before the arguments of init",
              word);
}

void options_parse(struct options *options, const char *bootargs)
{
    static char default_init[] = "/init";
    *options = (struct options){.procs = NPROC, .init = {default_init}};
    if (strlen(bootargs) >= sizeof options->text)
        panic("the boot arguments are longer than %lu bytes", sizeof options->text - 1);
    string_copy(options->text, bootargs, sizeof options->text);

    char *text = options->text, *word;
    while ((word = take_word(&text)) && strcmp(word, "--") != 0)
        parse_word(options, word);
    for (int argc = 1; (word = take_word(&text)); argc++) {
        if (argc == MAXARG)
            panic("init has more than %d arguments", MAXARG - 1);
        options->init[argc] = word;
    }
}
