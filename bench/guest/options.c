#include "options.h"

#include "emit.h"
#include "pages.h"
#include "user/user.h"

#define MAX_REPEAT 100000

// A number of decimal digits only, at most `limit`. Fails with the argument's name and the range.
static uint64 read_number(const char *key, const char *text, uint64 lowest, uint64 limit)
{
    uint64 value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= limit; at++)
        value = value * 10 + (*at - '0');
    if (at == text || *at != 0 || value < lowest || value > limit)
        fail("%s=: \"%s\" is not a whole number from %lu to %lu", key, text, lowest, limit);
    return value;
}

// Cuts a list at its commas, in place. Returns the number of items.
static int split(const char *key, char *list, char **items)
{
    int count = 0;
    while (list) {
        char *comma = strchr(list, ',');
        if (count == MAX_LIST)
            fail("%s=: more than %lu values in the list", key, (uint64)MAX_LIST);
        if (comma)
            *comma++ = 0;
        if (*list == 0)
            fail("%s=: a value is empty: give values with one comma between them", key);
        items[count++] = list;
        list = comma;
    }
    return count;
}

static void read_patterns(struct options *options, char *list)
{
    options->pattern_count = split("bench", list, (char **)options->patterns);
}

static void read_pages(struct options *options, char *list)
{
    char *items[MAX_LIST];
    int count = split("pages", list, items);
    options->page_count = 0;
    for (int i = 0; i < count; i++) {
        uint64 pages = read_number("pages", items[i], 0, MAX_HEAP_PAGES);
        for (int j = 0; j < i; j++) {
            if (options->pages[j] == pages)
                fail("pages=: %lu is in the list twice: give each number once", pages);
        }
        options->pages[options->page_count++] = pages;
    }
}

static void set_defaults(struct options *options)
{
    static const uint64 pages[] = {0, 256, 1024, 4096, 16384};
    options->pattern_count = 1;
    options->patterns[0] = "*";
    options->page_count = sizeof(pages) / sizeof(pages[0]);
    memcpy(options->pages, pages, sizeof(pages));
}

// The text behind "key=", 0 if the argument is another one.
static char *value_of(char *argument, const char *key)
{
    uint length = strlen(key);
    if (memcmp(argument, key, length) != 0)
        return 0;
    return argument + length;
}

void options_read(struct options *options, int count, char **arguments)
{
    set_defaults(options);
    for (int i = 0; i < count; i++) {
        char *argument = arguments[i];
        char *value;
        if ((value = value_of(argument, "bench=")))
            read_patterns(options, value);
        else if ((value = value_of(argument, "pages=")))
            read_pages(options, value);
        else if ((value = value_of(argument, "repeat=")))
            options->repeat = read_number("repeat", value, 1, MAX_REPEAT);
        else
            fail("unknown argument \"%s\": use bench=GLOB[,GLOB...], pages=P[,P...], repeat=N",
                 argument);
    }
}

// When the text behind a * does not match, tries again with the * standing for one more.
static bool matches(const char *pattern, const char *text)
{
    const char *star = 0;
    const char *retry = 0;
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == 0;
}

bool options_select(struct options *options, const char *family, const char *name)
{
    bool selected = false;
    for (int i = 0; i < options->pattern_count; i++) {
        if (!matches(options->patterns[i], family) && !matches(options->patterns[i], name))
            continue;
        options->matched[i] = true;
        selected = true;
    }
    return selected;
}
