// Runs the benchmarks: the first process of a bench image, with the arguments of options.h. Prints
// records for the host:
//
//     run     what holds for the whole run: cost of the clock, number of benchmarks, memory
//     begin   one benchmark begins
//     sample  one sample of it (memory: numbers of frames in place of a time)
//     end     the benchmark is over; how many samples were rejected
//     done    all are over
//     error   the run failed; nothing follows
//
// Each benchmark starts from the same state, a runner without a heap, and is set up by growing the
// heap. Before each sample the runner writes all heap pages, outside of the time, so that each
// fork finds every page writable.

#include "benchmark.h"
#include "emit.h"
#include "options.h"
#include "pages.h"
#include "sample.h"
#include "user/user.h"

// A benchmark with its parameter.
struct instance {
    const struct benchmark *benchmark;
    uint64 pages;
    char name[32];
};

static struct options options;
static uint64 frames_free_at_start;
static uint64 samples_taken;

static void set_name(struct instance *instance)
{
    char digits[20];
    uint count = 0;
    strcpy(instance->name, instance->benchmark->family);
    if (instance->benchmark->heap == NO_HEAP)
        return;
    uint64 rest = instance->pages;
    do {
        digits[count++] = '0' + rest % 10;
        rest /= 10;
    } while (rest > 0);
    char *at = instance->name + strlen(instance->name);
    strcpy(at, "/pages:");
    at += strlen(at);
    while (count > 0)
        *at++ = digits[--count];
    *at = 0;
}

// Calls visit for each selected benchmark, in order. Returns their number.
static uint64 each_instance(void (*visit)(const struct instance *))
{
    struct instance instance;
    uint64 count = 0;
    for (const struct benchmark *b = registry_start; b < registry_end; b++) {
        int variations = b->heap == NO_HEAP ? 1 : options.page_count;
        for (int i = 0; i < variations; i++) {
            instance.benchmark = b;
            instance.pages = b->heap == NO_HEAP ? 0 : options.pages[i];
            set_name(&instance);
            if (b->heap == SOME_PAGES && instance.pages == 0)
                continue;
            if (!options_select(&options, b->family, instance.name))
                continue;
            visit(&instance);
            count++;
        }
    }
    return count;
}

// Refuses what cannot fit before anything runs: parent and child with all pages of their own,
// their page tables, and some for reference counts and the kernel.
static void check_memory(const struct instance *instance)
{
    uint64 pages = instance->pages;
    uint64 most = frames_free_at_start > 256 ? (frames_free_at_start - 256) * 32 / 65 : 0;
    if (pages > most)
        fail("pages=: %lu does not fit: with %lu free frames of memory %lu is the most", pages,
             frames_free_at_start, most);
}

static void check_patterns(void)
{
    for (int i = 0; i < options.pattern_count; i++) {
        if (!options.matched[i])
            fail("bench=: \"%s\" selects no benchmark at these numbers of pages: use names like "
                 "fork/pages:256, families like fork_exit, or patterns with * and ?",
                 options.patterns[i]);
    }
}

// Fewer samples of what takes long: with eager copying a fork costs 1,100 instructions a page.
static uint64 samples_of(const struct instance *instance)
{
    if (options.repeat > 0)
        return options.repeat;
    if (instance->benchmark->counts_only)
        return 2;
    if (instance->pages <= 256)
        return 100;
    if (instance->pages <= 1024)
        return 50;
    return instance->pages <= 4096 ? 10 : 5;
}

static uint64 warmup_of(const struct instance *instance)
{
    if (instance->benchmark->counts_only)
        return 0;
    return instance->pages <= 1024 ? 2 : 1;
}

static void emit_instance(const struct instance *instance)
{
    emit_begin("begin");
    emit_text("name", instance->name);
    emit_text("family", instance->benchmark->family);
    emit_number("pages", instance->pages);
    emit_text("unit", instance->benchmark->unit);
    emit_flag("timed", !instance->benchmark->counts_only);
    emit_number("samples", samples_of(instance));
    emit_number("warmup", warmup_of(instance));
    emit_text("covers", instance->benchmark->covers);
    emit_end();
}

static void fail_rejected(const char *name, const uint64 *rejected, uint64 samples)
{
    fail("%s: more samples were rejected than the %lu wanted, %lu for a timer tick and %lu for a "
         "context switch in them: the clock must be exact, the machine have one hart, and a "
         "sample be shorter than a tick",
         name, samples, rejected[SAW_TICK], rejected[SAW_SWITCH]);
}

// Returns the number of samples that were rejected and repeated.
static uint64 take_samples(const struct instance *instance)
{
    const struct benchmark *benchmark = instance->benchmark;
    uint64 rejected[] = {[SAW_TICK] = 0, [SAW_SWITCH] = 0};
    long samples = samples_of(instance);
    for (long index = -(long)warmup_of(instance); index < samples;) {
        heap_write(instance->pages);
        sample_prepare(benchmark, instance->name, index);
        enum verdict verdict = benchmark->measure(instance->pages);
        if (verdict == TAKEN) {
            index++;
            continue;
        }
        if (verdict != SAW_TICK && verdict != SAW_SWITCH)
            exit(FAILED);
        rejected[verdict]++;
        if (rejected[SAW_TICK] + rejected[SAW_SWITCH] > (uint64)samples)
            fail_rejected(instance->name, rejected, samples);
    }
    samples_taken += samples;
    return rejected[SAW_TICK] + rejected[SAW_SWITCH];
}

static uint64 read_frames_free(void)
{
    if (counters(COUNTERS_SYSTEM, &sample.counters) < 0)
        fail("the kernel refuses the system call counters");
    if (sample.counters.version != COUNTERS_VERSION ||
        sample.counters.size != sizeof(struct counters))
        fail("the kernel counts by version %lu, these benchmarks read version %lu: build both "
             "from one source",
             sample.counters.version, (uint64)COUNTERS_VERSION);
    return sample.counters.frames_free;
}

static void run(const struct instance *instance)
{
    emit_instance(instance);
    heap_grow(instance->pages);
    uint64 rejected = take_samples(instance);
    heap_shrink(instance->pages);
    own_data_pages();
    uint64 frames_free = read_frames_free();
    if (frames_free != frames_free_at_start)
        fail("%s: %lu frames are free after it, %lu were before", instance->name, frames_free,
             frames_free_at_start);
    emit_begin("end");
    emit_text("name", instance->name);
    emit_number("rejected", rejected);
    emit_end();
}

int main(int argc, char **argv)
{
    options_read(&options, argc - 1, argv + 1);
    own_data_pages();
    frames_free_at_start = read_frames_free();
    uint64 count = each_instance(check_memory);
    check_patterns();
    emit_begin("run");
    emit_number("protocol", 1);
    emit_number("timer_overhead", sample_timer_overhead());
    emit_number("benchmarks", count);
    emit_number("frames_total", sample.counters.frames_total);
    emit_number("frames_free", frames_free_at_start);
    emit_number("metadata_bytes", sample.counters.metadata_bytes);
    emit_end();
    each_instance(run);
    emit_begin("done");
    emit_number("benchmarks", count);
    emit_number("samples", samples_taken);
    emit_end();
    return 0;
}
