// Runs the benchmarks: the first process of a bench image, with the arguments of options.h. Prints
// records for the host:
//
//     run     what holds for the whole run: cost of the clock, number of benchmarks, memory
//     begin   one benchmark begins
//     first   its very first iteration, which belongs to no statistic: not all is in place yet
//     sample  one sample of it: a time, values of the benchmark, the kernel's counters
//     end     the benchmark is over; how many samples were rejected
//     plan    in place of these, with plan=1: a benchmark that would be run, and on which machine
//     done    all are over
//     error   the run failed; nothing follows
//
// Before each sample the runner writes all heap pages, outside of the time, so that each fork finds
// every page writable.

#include "benchmark.h"
#include "emit.h"
#include "instance.h"
#include "options.h"
#include "pages.h"
#include "sample.h"
#include "user/user.h"

// Frames for reference counts, kernel stacks and what else the kernel needs.
#define SPARE_FRAMES 256

static struct options options;
static uint64 frames_free_at_start;
static uint64 samples_taken;

// Refuses what cannot fit before anything runs. A machine that has less memory than this one, as
// its description asks, is taken to have all of it but 8 MiB for firmware, kernel and disk.
static void check_memory(const struct instance *instance)
{
    uint64 frames = instance_frames(instance) + SPARE_FRAMES;
    uint64 free = frames_free_at_start;
    if (options.plan && instance->benchmark->machine.mebibytes)
        free = (instance->benchmark->machine.mebibytes - 8) * 256;
    if (frames > free)
        fail("%s does not fit into memory: it needs up to %lu frames of 4 KiB, and %lu are free",
             instance->name, frames, free);
}

// Fewer samples of what takes long: with eager copying a fork costs 1,100 instructions a page.
static uint64 samples_of(const struct instance *instance)
{
    uint64 pages = instance_pages(instance);
    if (options.repeat > 0)
        return options.repeat;
    if (instance->benchmark->samples > 0)
        return instance->benchmark->samples;
    if (instance->benchmark->counts_only)
        return 2;
    if (pages <= 256)
        return 100;
    if (pages <= 1024)
        return 10;
    return pages <= 4096 ? 5 : 3;
}

static uint64 warmup_of(const struct instance *instance)
{
    if (instance->benchmark->counts_only)
        return 0;
    if (instance->benchmark->samples > 0)
        return 1;
    return instance_pages(instance) <= 1024 ? 2 : 1;
}

static void emit_plan(const struct instance *instance)
{
    const struct machine *machine = &instance->benchmark->machine;
    check_memory(instance);
    emit_begin("plan");
    instance_emit(instance);
    emit_number("samples", samples_of(instance));
    emit_flag("timed", !instance->benchmark->counts_only);
    emit_open("machine");
    if (machine->mebibytes)
        emit_number("mebibytes", machine->mebibytes);
    if (machine->processes)
        emit_number("processes", machine->processes);
    emit_close();
    emit_end();
}

static void emit_instance(const struct instance *instance)
{
    emit_begin("begin");
    instance_emit(instance);
    emit_text("unit", instance->benchmark->unit);
    emit_flag("timed", !instance->benchmark->counts_only);
    emit_number("samples", samples_of(instance));
    emit_number("warmup", warmup_of(instance));
    emit_end();
}

static void fail_rejected(const char *name, const uint64 *rejected, uint64 samples)
{
    fail("%s: more samples were rejected than the %lu wanted, %lu for a timer tick and %lu for a "
         "context switch in them: the clock must be exact, the machine have one hart, and a "
         "sample be shorter than a tick",
         name, samples, rejected[SAW_TICK], rejected[SAW_SWITCH]);
}

// A negative index is a warm-up; only the first of these is printed.
static void emit_sample(const struct instance *instance, long index)
{
    if (index < 0 && index != -(long)warmup_of(instance))
        return;
    MARK(MARK_KEEP);
    emit_begin(index < 0 ? "first" : "sample");
    emit_text("name", instance->name);
    if (index >= 0)
        emit_number("index", index);
    sample_emit(!instance->benchmark->counts_only);
    emit_end();
}

static enum verdict take_sample(const struct instance *instance)
{
    heap_write(instance_pages(instance));
    sample_prepare(instance->benchmark, instance->name, instance_switches(instance));
    enum verdict verdict = instance->benchmark->measure(instance->parameters);
    if (verdict == TAKEN)
        sample_receive();
    return verdict;
}

// Returns the number of samples that were rejected and repeated.
static uint64 take_samples(const struct instance *instance)
{
    uint64 rejected[] = {[SAW_TICK] = 0, [SAW_SWITCH] = 0};
    long samples = samples_of(instance);
    for (long index = -(long)warmup_of(instance); index < samples;) {
        enum verdict verdict = take_sample(instance);
        if (verdict == TAKEN) {
            emit_sample(instance, index++);
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

static void check_frames(const char *name, uint64 frames_free_before)
{
    own_data_pages();
    uint64 frames_free = read_frames_free();
    if (frames_free != frames_free_before)
        fail("%s: %lu frames are free after it, %lu were before", name, frames_free,
             frames_free_before);
}

// Gives the runner a heap of so many pages, all of them there. Benchmarks with heaps of the same
// size get the same one: frames that come back are handed out in another order, which shows where
// counts are in a hash table.
static void set_heap(uint64 pages)
{
    static uint64 heap_pages;
    if (pages == heap_pages)
        return;
    heap_shrink(heap_pages);
    check_frames("the heap", frames_free_at_start);
    heap_grow(pages);
    heap_write(pages);
    heap_pages = pages;
}

static void run(const struct instance *instance)
{
    set_heap(instance_pages(instance));
    uint64 frames_free = read_frames_free();
    emit_instance(instance);
    uint64 rejected = take_samples(instance);
    check_frames(instance->name, frames_free);
    emit_begin("end");
    emit_text("name", instance->name);
    emit_number("rejected", rejected);
    emit_end();
}

int main(int argc, char **argv)
{
    sample_open();
    options_read(&options, argc - 1, argv + 1);
    own_data_pages();
    frames_free_at_start = read_frames_free();
    uint64 count = each_instance(&options, options.plan ? 0 : check_memory);
    emit_begin("run");
    emit_number("protocol", 2);
    emit_number("timer_overhead", sample_timer_overhead());
    emit_number("benchmarks", count);
    emit_number("frames_total", sample.counters.frames_total);
    emit_number("frames_free", frames_free_at_start);
    emit_number("metadata_bytes", sample.counters.metadata_bytes);
    emit_end();
    each_instance(&options, options.plan ? emit_plan : run);
    set_heap(0);
    emit_begin("done");
    emit_number("benchmarks", count);
    emit_number("samples", samples_taken);
    emit_end();
    return 0;
}
