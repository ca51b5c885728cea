// The values tell apart how long the fork stops the parent; the mean time of an update before the
// snapshot, during it, and after it (10,000 each before and after); how many pages of the store the
// parent had to copy for its updates; and memory, its peak and its use after each tenth of the
// updates. The saver adds up all words, for which it reads each once.
//
// The records are as large as those of the common benchmark YCSB, 1 KiB, four in a page. An update
// writes 64 bytes of one that is drawn by Zipf's law. Records that are drawn often lie scattered.
//
// Parent and saver take turns, ten each: a tenth of the updates, a tenth of the pages. They hand
// the hart over through pipes, so that the order of events is the same in every run. How long a
// turn is does not change what is copied: the saver writes to no record, and stays to the end. A
// sample with more context switches than these, or with a tick in it, is rejected; but one that is
// longer than a tick (of millions of updates) has ticks by itself.
//
// The saver's sum must be that of the records at the time of the fork.

#include "emit.h"
#include "pages.h"
#include "random.h"
#include "sample.h"
#include "zipf.h"

ABOUT(snapshot) = {
    .name = "snapshot/pages:P/updates:U",
    .figure = "snapshot",
    .title = {.en = "a store of P pages forks a saver that reads all of it, and makes U updates "
                    "meanwhile; also the pause, the copies, memory over time",
              .zh = "P 页的数据 fork 出一个读取全部数据的保存进程，同时进行 U "
                    "次更新；另有停顿、复制次数、内存随时间的变化"},
    .unit = {.zh = "快照"},
    .region = {.en = "before `fork`, after `wait`", .zh = "`fork` 之前到 `wait` 之后"},
    .covers =
        {.en = "the saver's reading of the store, the parent's U updates, 20 switches between them",
         .zh = "保存进程读取全部数据，父进程进行 U 次更新，其间 20 次进程切换"},
    .omits = {.en = "the saver's disk; drawing up the keys", .zh = "保存进程写磁盘；生成键"},
};

enum {
    PAGE_WORDS = PAGE_SIZE / sizeof(uint64),
    RECORD_WORDS = 128,
    FIELD_WORDS = 8,
    FIELDS = RECORD_WORDS / FIELD_WORDS,
    TURNS = 10,
    UPDATES_APART = 10000, // before, and after
};

struct store {
    uint64 pages;
    uint64 *words; // the heap
    uint64 records;
    struct zipf_column *columns; // behind the heap
    struct random random;
};

// What the parent sees of a snapshot.
struct course {
    uint64 pause;       // of the fork
    uint64 update;      // time of all updates
    uint64 copied;      // pages
    uint64 sum;         // of all words, as the saver read them
    uint64 frames_free; // before it
    uint64 frames_free_at[TURNS];
};

struct turns {
    int to_saver[2]; // pipes
    int to_parent[2];
};

static uint64 records_of(uint64 pages)
{
    return pages * PAGE_WORDS / RECORD_WORDS;
}

static uint64 column_pages(uint64 pages)
{
    return (records_of(pages) * sizeof(struct zipf_column) + PAGE_SIZE - 1) / PAGE_SIZE;
}

static struct store store_open(uint64 pages)
{
    struct store store = {
        .pages = pages,
        .words = (uint64 *)heap,
        .records = records_of(pages),
        .columns = (struct zipf_column *)sbrk(column_pages(pages) * PAGE_SIZE),
    };
    if (store.columns == (struct zipf_column *)-1)
        fail("snapshot: the kernel has no %lu pages for the keys", column_pages(pages));
    zipf_fill(store.columns, store.records);
    return store;
}

static void store_close(const struct store *store)
{
    sbrk(-(int)(column_pages(store->pages) * PAGE_SIZE));
}

// The factor is a prime, and larger than any number of records: no two ranks meet.
static uint64 *record_at(const struct store *store, uint64 rank)
{
    return store->words + rank * 2654435761 % store->records * RECORD_WORDS;
}

// Time of so many updates.
static uint64 update(struct store *store, uint64 count)
{
    uint64 start = cycles_now();
    for (; count > 0; count--) {
        uint64 random = random_next(&store->random);
        uint64 *record = record_at(store, zipf_draw(store->columns, store->records, random));
        uint64 *field = record + random % FIELDS * FIELD_WORDS;
        for (int i = 0; i < FIELD_WORDS; i++)
            field[i] = random;
    }
    return sample_time(start, cycles_now());
}

// Of the pages from one to below another, four words a step.
static uint64 sum_pages(const struct store *store, uint64 first, uint64 end)
{
    uint64 sum = 0;
    const uint64 *last = store->words + end * PAGE_WORDS;
    for (const uint64 *word = store->words + first * PAGE_WORDS; word < last; word += 4)
        sum += word[0] + word[1] + word[2] + word[3];
    return sum;
}

// Where part i of TURNS begins, of something so long.
static uint64 part(uint64 length, int i)
{
    return length * i / TURNS;
}

static void save(const struct store *store, const struct turns *turns)
{
    for (int i = 0; i < TURNS; i++) {
        char turn;
        read(turns->to_saver[0], &turn, sizeof(turn));
        uint64 sum = sum_pages(store, part(store->pages, i), part(store->pages, i + 1));
        write(turns->to_parent[1], &sum, sizeof(sum));
    }
    exit(0);
}

static uint64 pages_copied(void)
{
    struct counters now;
    counters(COUNTERS_PROCESS, &now);
    return now.faults_copy;
}

static void make_updates(struct store *store, uint64 updates, const struct turns *turns,
                         struct course *course)
{
    uint64 copied = pages_copied();
    for (int i = 0; i < TURNS; i++) {
        uint64 sum;
        course->update += update(store, part(updates, i + 1) - part(updates, i));
        course->frames_free_at[i] = sample_frames_free();
        write(turns->to_saver[1], "", 1);
        if (read(turns->to_parent[0], &sum, sizeof(sum)) != sizeof(sum))
            fail("snapshot: the saver's sum is not whole");
        course->sum += sum;
    }
    course->copied = pages_copied() - copied;
}

static struct course take_snapshot(struct store *store, uint64 updates)
{
    struct course course = {0};
    struct turns turns;
    if (pipe(turns.to_saver) < 0 || pipe(turns.to_parent) < 0)
        fail("snapshot: the kernel gives no pipe");
    course.frames_free = sample_frames_free();
    uint64 start = sample_start();
    int pid = fork();
    uint64 forked = cycles_now();
    if (pid == 0)
        save(store, &turns);
    check_fork(pid);
    own_data_pages(); // so that what is copied from here on is the store's
    course.pause = sample_time(start, forked);
    make_updates(store, updates, &turns, &course);
    reap_child(pid);
    sample_keep(start, region_end(), 1);
    for (int i = 0; i < 2; i++) {
        close(turns.to_saver[i]);
        close(turns.to_parent[i]);
    }
    return course;
}

static uint64 mean(uint64 time, uint64 count)
{
    return (time + count / 2) / count;
}

static enum verdict measure(const uint64 *parameters)
{
    static const char *const frames_at[TURNS] = {
        "frames_0", "frames_1", "frames_2", "frames_3", "frames_4",
        "frames_5", "frames_6", "frames_7", "frames_8", "frames_9",
    };
    uint64 updates = parameters[1];
    struct store store = store_open(parameters[0]);
    uint64 before = update(&store, UPDATES_APART);
    uint64 sum = sum_pages(&store, 0, store.pages);
    struct course course = take_snapshot(&store, updates);
    uint64 after = update(&store, UPDATES_APART);
    store_close(&store);
    if (course.sum != sum)
        fail("snapshot: the saver saw other records than there were at the fork");

    sample_value("instructions_pause", course.pause);
    sample_value("instructions_update_before", mean(before, UPDATES_APART));
    sample_value("instructions_update_during", mean(course.update, updates));
    sample_value("instructions_update_after", mean(after, UPDATES_APART));
    sample_value("pages_copied_parent", course.copied);
    sample_peak(course.frames_free);
    for (int i = 0; i < TURNS; i++)
        sample_value(frames_at[i], course.frames_free - course.frames_free_at[i]);
    return sample_report();
}

static uint64 frames_needed(const uint64 *parameters)
{
    uint64 columns = column_pages(parameters[0]);
    return frames_of(columns) + frames_of(parameters[0] + columns);
}

static const struct axis store_pages = {
    .name = "pages",
    .lowest = 1,
    .highest = MAX_HEAP_PAGES,
    .usual = {1024, 4096},
    .count = 2,
};

static const struct axis updates_during = {
    .name = "updates",
    .lowest = TURNS,
    .highest = 100000000,
    .usual = {10000, 100000},
    .count = 2,
};

BENCHMARK(71, snapshot) = {
    .family = "snapshot",
    .unit = "snapshot",
    .axes = {&store_pages, &updates_during},
    .samples = 3,
    .switches = 2 * TURNS,
    .long_samples = true,
    .frames = frames_needed,
    .measure = measure,
};
