#include "instance.h"

#include "emit.h"
#include "pages.h"
#include "user/user.h"

static int axis_count(const struct benchmark *benchmark)
{
    int count = 0;
    while (count < MAX_AXES && benchmark->axes[count])
        count++;
    return count;
}

static void set_name(struct instance *instance)
{
    const struct benchmark *benchmark = instance->benchmark;
    strcpy(instance->name, benchmark->family);
    char *at = instance->name + strlen(instance->name);
    for (int i = 0; i < axis_count(benchmark); i++) {
        *at++ = '/';
        strcpy(at, benchmark->axes[i]->name);
        at += strlen(at);
        *at++ = ':';
        at = write_digits(at, instance->parameters[i]);
    }
    *at = 0;
}

static bool in_range(const struct axis *axis, uint64 value)
{
    return axis->lowest <= value && value <= axis->highest;
}

// What is needed to go through the values of all axes.
struct walk {
    struct options *options;
    void (*visit)(const struct instance *);
    struct instance instance;
    int chosen[MAX_AXES]; // index of the value that was asked for
    uint64 count;
};

static void visit_instance(struct walk *walk)
{
    const struct benchmark *benchmark = walk->instance.benchmark;
    set_name(&walk->instance);
    if (!options_select(walk->options, benchmark->family, walk->instance.name))
        return;
    for (int i = 0; i < axis_count(benchmark); i++) {
        struct values *asked = options_values(walk->options, benchmark->axes[i]->name);
        if (asked)
            asked->used[walk->chosen[i]] = true;
    }
    walk->count++;
    if (walk->visit)
        walk->visit(&walk->instance);
}

static void walk_axes(struct walk *walk, int number)
{
    if (number == axis_count(walk->instance.benchmark)) {
        visit_instance(walk);
        return;
    }
    const struct axis *axis = walk->instance.benchmark->axes[number];
    const struct values *asked = options_values(walk->options, axis->name);
    int count = asked ? asked->count : axis->count;
    for (int i = 0; i < count; i++) {
        uint64 value = asked ? asked->value[i] : axis->usual[i];
        if (!in_range(axis, value))
            continue;
        walk->instance.parameters[number] = value;
        walk->chosen[number] = i;
        walk_axes(walk, number + 1);
    }
}

static void check_patterns(const struct options *options)
{
    for (int i = 0; i < options->pattern_count; i++) {
        if (!options->matched[i])
            fail("bench=: \"%s\" selects no benchmark with these parameters: use names like "
                 "fork/pages:256, families like fork_exit, or patterns with * and ?",
                 options->patterns[i]);
    }
}

// The first axis of this name among the benchmarks that a pattern selects by their family.
static const struct axis *find_axis(const struct options *options, const char *name)
{
    for (const struct benchmark *b = registry_start; b < registry_end; b++) {
        if (!options_match(options, b->family))
            continue;
        for (int i = 0; i < axis_count(b); i++) {
            if (strcmp(b->axes[i]->name, name) == 0)
                return b->axes[i];
        }
    }
    return 0;
}

static void check_values(const struct options *options)
{
    for (int i = 0; i < options->axis_count; i++) {
        const struct values *asked = &options->axes[i];
        const struct axis *axis = find_axis(options, asked->axis);
        for (int j = 0; j < asked->count; j++) {
            if (asked->used[j])
                continue;
            if (!axis)
                fail("%s=: no benchmark that is selected has this parameter", asked->axis);
            if (in_range(axis, asked->value[j]))
                fail("%s=: %lu is used by no benchmark that is selected: those that have this "
                     "parameter are left out for the value of another one",
                     asked->axis, asked->value[j]);
            fail("%s=: %lu fits no benchmark that is selected: it can be from %lu to %lu",
                 asked->axis, asked->value[j], axis->lowest, axis->highest);
        }
    }
}

uint64 each_instance(struct options *options, void (*visit)(const struct instance *))
{
    struct walk walk = {.options = options, .visit = visit};
    for (const struct benchmark *b = registry_start; b < registry_end; b++) {
        if (options->family && strcmp(options->family, b->family) != 0)
            continue;
        walk.instance.benchmark = b;
        walk_axes(&walk, 0);
    }
    if (!options->family) {
        check_values(options);
        check_patterns(options);
    }
    if (walk.count == 0)
        fail("nothing is selected");
    return walk.count;
}

uint64 instance_pages(const struct instance *instance)
{
    const struct axis *first = instance->benchmark->axes[0];
    return first && strcmp(first->name, "pages") == 0 ? instance->parameters[0] : 0;
}

uint64 instance_switches(const struct instance *instance)
{
    const struct benchmark *benchmark = instance->benchmark;
    int axes = axis_count(benchmark);
    uint64 last = axes > 0 ? instance->parameters[axes - 1] : 0;
    return benchmark->switches + benchmark->switches_each * last;
}

uint64 instance_frames(const struct instance *instance)
{
    uint64 heap_frames = frames_of(instance_pages(instance));
    if (instance->benchmark->frames)
        return heap_frames + instance->benchmark->frames(instance->parameters);
    return 2 * heap_frames;
}

void instance_emit(const struct instance *instance)
{
    const struct benchmark *benchmark = instance->benchmark;
    emit_text("name", instance->name);
    emit_text("family", benchmark->family);
    emit_open("parameters");
    for (int i = 0; i < axis_count(benchmark); i++)
        emit_number(benchmark->axes[i]->name, instance->parameters[i]);
    emit_close();
}
