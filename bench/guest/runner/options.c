#include "options.h"

#include "emit.h"
#include "user/user.h"

#define MAX_REPEAT 100000
#define MAX_NUMBER 1000000000

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
static int split(const char *key, char *list, const char **items, int limit)
{
    int count = 0;
    while (list) {
        char *comma = strchr(list, ',');
        if (count == limit)
            fail("%s=: more than %lu values in the list", key, (uint64)limit);
        if (comma)
            *comma++ = 0;
        if (*list == 0)
            fail("%s=: a value is empty: give values with one comma between them", key);
        items[count++] = list;
        list = comma;
    }
    return count;
}

// Whether a benchmark has an axis of this name.
static bool is_axis(const char *name)
{
    for (const struct benchmark *b = registry_start; b < registry_end; b++) {
        for (int i = 0; i < MAX_AXES && b->axes[i]; i++) {
            if (strcmp(b->axes[i]->name, name) == 0)
                return true;
        }
    }
    return false;
}

static void read_values(struct options *options, const char *axis, char *list)
{
    const char *items[MAX_VALUES];
    if (options_values(options, axis))
        fail("%s= is given twice", axis);
    if (options->axis_count == MAX_ARGUMENT_AXES)
        fail("%s=: only %lu parameters can be given at once", axis, (uint64)MAX_ARGUMENT_AXES);
    struct values *values = &options->axes[options->axis_count++];
    values->axis = axis;
    values->count = split(axis, list, items, MAX_VALUES);
    for (int i = 0; i < values->count; i++) {
        values->value[i] = read_number(axis, items[i], 0, MAX_NUMBER);
        for (int j = 0; j < i; j++) {
            if (values->value[j] == values->value[i])
                fail("%s=: %lu is in the list twice: give each number once", axis,
                     values->value[i]);
        }
    }
}

static void read_argument(struct options *options, char *argument)
{
    char *value = strchr(argument, '=');
    if (!value)
        fail("unknown argument \"%s\": it must be NAME=VALUE", argument);
    *value++ = 0;
    if (strcmp(argument, "bench") == 0)
        options->pattern_count = split("bench", value, options->patterns, MAX_PATTERNS);
    else if (strcmp(argument, "family") == 0)
        options->family = value;
    else if (strcmp(argument, "repeat") == 0)
        options->repeat = read_number("repeat", value, 1, MAX_REPEAT);
    else if (strcmp(argument, "plan") == 0)
        options->plan = read_number("plan", value, 1, 1);
    else if (is_axis(argument))
        read_values(options, argument, value);
    else
        fail("unknown argument %s=: it must be bench, family, repeat, plan, or a parameter of a "
             "benchmark such as pages",
             argument);
}

void options_read(struct options *options, int count, char **arguments)
{
    options->pattern_count = 1;
    options->patterns[0] = "*";
    for (int i = 0; i < count; i++)
        read_argument(options, arguments[i]);
}

struct values *options_values(struct options *options, const char *axis)
{
    for (int i = 0; i < options->axis_count; i++) {
        if (strcmp(options->axes[i].axis, axis) == 0)
            return &options->axes[i];
    }
    return 0;
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

bool options_match(const struct options *options, const char *family)
{
    for (int i = 0; i < options->pattern_count; i++) {
        if (matches(options->patterns[i], family))
            return true;
    }
    return false;
}
