// Random work for a given time: processes fork, write to memory, files and pipes, create, link and
// unlink, and check all they read.
//
// usage: churn [-s SECONDS] [-r SEED] [-p PROCESSES]
//
// With the same seed each process takes the same decisions; how they meet is left to the machine.
// Each round starts the processes and waits for them; between rounds the frames are audited, and
// as much memory and disk must be free as before. Work goes on in a directory of its own, which is
// removed at the end. The exit status is 0 if nothing was wrong.
#include "common/state.h"
#include "kernel/fcntl.h"
#include "kernel/stat.h"

enum {
    STEPS = 30,      // of a process in a round
    PAGES = 40,      // of its heap
    NAMES = 12,      // of files that all share
    FILE_MAX = 20000 // bytes of a file
};

enum action {
    FORK,
    MEMORY,
    RESIZE,
    PIPE,
    OWN_FILE,
    SHARED_FILE,
    LINK,
    DIRECTORY,
    EXEC,
    KILL,
    ACTIONS
};

static const char *const action_names[ACTIONS] = {
    "forks",        "memory writes", "heap sizes",  "pipes", "own files",
    "shared files", "links",         "directories", "execs", "kills"};

// What a process knows of itself. All children start with their parent's heap.
static struct {
    uint64 random;
    uint64 seeds[PAGES]; // of each page's pattern; 0: all zeroes
    int pages;
    int depth;
    uint64 done[ACTIONS];
} self;

static char *heap;
static uchar bytes[FILE_MAX];
static int report[2]; // a pipe: what each process has done, at its end

static uint64 next(void)
{
    return random_next(&self.random);
}

static int below(int limit)
{
    return next() % limit;
}

// Memory.

static void check_page(int i)
{
    char *page = heap + i * PAGE_SIZE;
    CHECK(self.seeds[i] ? is_filled(page, 1, self.seeds[i]) : is_zero(page, PAGE_SIZE));
}

static void write_memory(void)
{
    for (int i = below(4); i >= 0 && self.pages; i--) {
        int page = below(self.pages);
        check_page(page);
        self.seeds[page] = next() | 1;
        fill(heap + page * PAGE_SIZE, 1, self.seeds[page]);
    }
}

static void resize(void)
{
    int pages = below(PAGES);
    if (sbrk((pages - self.pages) * (int)PAGE_SIZE) == (char *)-1)
        return;
    for (int i = self.pages; i < pages; i++)
        self.seeds[i] = 0;
    self.pages = pages;
    if (pages)
        check_page(pages - 1);
}

// Names. What a number stands for: "n7", or with the process's own number "p123_7".

static const char *name_of(int number, int own)
{
    static char names[2][32];
    static int which;
    char *name = names[which = !which], *end = name;
    *end++ = own ? 'p' : 'n';
    for (int value = own ? getpid() : 0; value; value /= 10)
        *end++ = '0' + value % 10;
    *end++ = '_';
    *end++ = 'a' + number;
    *end = 0;
    return name;
}

// Files. Each byte of a shared one is the same, so that a mixture of two writers' can be told from
// what nobody wrote.

static void write_own_file(void)
{
    const char *name = name_of(below(NAMES), 1);
    int size = below(FILE_MAX) + 1, piece = below(3000) + 1;
    uchar first = next();
    for (int i = 0; i < size; i++)
        bytes[i] = first + i * 7 + i / 256;
    int fd = open(name, O_CREATE | O_TRUNC | O_RDWR), written = 0;
    if (fd < 0)
        return; // no descriptor, or no inode left
    for (int wanted = piece; written < size; written += wanted) {
        if (wanted > size - written)
            wanted = size - written;
        if (write(fd, bytes + written, wanted) != wanted)
            break;
    }
    close(fd);
    fd = open(name, O_RDONLY);
    CHECK(fd >= 0);
    for (int at = 0, got; (got = read(fd, bytes, FILE_MAX)) > 0; at += got) {
        CHECK(at + got <= size);
        for (int i = 0; i < got; i++)
            CHECK_EQUAL(bytes[i], (uchar)(first + (at + i) * 7 + (at + i) / 256));
    }
    close(fd);
    CHECK_EQUAL(unlink(name), 0);
}

static void write_shared_file(void)
{
    static const int flags[] = {O_CREATE | O_RDWR, O_CREATE | O_TRUNC | O_RDWR, O_RDWR,
                                O_APPEND | O_RDWR | O_CREATE};
    int fd = open(name_of(below(NAMES), 0), flags[below(4)]);
    if (fd < 0)
        return;
    struct stat stat;
    CHECK_EQUAL(fstat(fd, &stat), 0);
    CHECK_EQUAL(stat.type, T_FILE);
    if (stat.size < FILE_MAX) {
        memset(bytes, 'x', FILE_MAX);
        write(fd, bytes, below(FILE_MAX / 4));
    }
    int got = read(fd, bytes, FILE_MAX);
    for (int i = 0; i < got; i++)
        CHECK_EQUAL(bytes[i], 'x');
    close(fd);
}

static void link_and_unlink(void)
{
    const char *from = name_of(below(NAMES), 0), *to = name_of(below(NAMES), 0);
    if (below(2))
        link(from, to);
    if (below(3) == 0)
        unlink(from);
}

static void make_directory(void)
{
    const char *name = name_of(below(3), 1);
    if (mkdir(name))
        return;
    CHECK_EQUAL(chdir(name), 0);
    int fd = open("file", O_CREATE | O_RDWR);
    CHECK_EQUAL(mkdir("file"), -1);
    if (fd >= 0) {
        CHECK_EQUAL(unlink("../."), -1);
        CHECK_EQUAL(unlink("file"), 0);
        write(fd, bytes, 2000);
        close(fd);
    }
    CHECK_EQUAL(chdir(".."), 0);
    CHECK_EQUAL(unlink(name), 0);
}

// Processes.

static void expect(int pid, int status, int or_killed)
{
    int ended_with, ended;
    while ((ended = wait(&ended_with)) > 0 && ended != pid)
        CHECK_EQUAL(ended_with, 0);
    CHECK_EQUAL(ended, pid);
    CHECK(ended_with == status || (or_killed && ended_with == KILLED));
}

static void carry(void)
{
    int fds[2], size = below(FILE_MAX) + 1, piece = below(6000) + 1;
    uchar first = next();
    if (pipe(fds))
        return;
    int pid = fork();
    if (pid == 0) {
        close(fds[0]);
        memset(bytes, first, FILE_MAX);
        for (int left = size, wanted; left; left -= wanted) {
            wanted = left < piece ? left : piece;
            CHECK_EQUAL(write(fds[1], bytes, wanted), wanted);
        }
        exit(0);
    }
    close(fds[1]);
    int total = 0, got;
    while ((got = read(fds[0], bytes, below(5000) + 1)) > 0) {
        for (int i = 0; i < got; i++)
            CHECK_EQUAL(bytes[i], first);
        total += got;
    }
    close(fds[0]);
    if (pid > 0)
        expect(pid, 0, 0);
    CHECK_EQUAL(total, pid > 0 ? size : 0);
}

static void execute(void)
{
    char *argv[] = {own_path, "-x", 0};
    int pid = fork();
    if (pid == 0) {
        exec(own_path, argv);
        exit(FAILED);
    }
    if (pid > 0)
        expect(pid, 0, 0);
}

static void kill_one(void)
{
    int pid = fork(), fds[2];
    if (pid == 0) {
        if (below(2) && pipe(fds) == 0)
            read(fds[0], bytes, 1);
        write_memory();
        sleep(1000);
        exit(FAILED);
    }
    if (pid < 0)
        return;
    for (int i = below(300); i > 0; i--)
        getpid();
    CHECK_EQUAL(kill(pid), 0);
    expect(pid, KILLED, 1);
}

static void live(void);

static void fork_one(void)
{
    uint64 seed = next();
    if (self.depth > 2)
        return;
    int pid = fork();
    if (pid == 0) {
        self.depth++;
        self.random = seed | 1;
        memset(self.done, 0, sizeof self.done);
        live();
    }
    if (pid > 0 && below(2))
        expect(pid, 0, 0);
}

static void live(void)
{
    static void (*const actions[ACTIONS])(void) = {
        fork_one,          write_memory,    resize,         carry,   write_own_file,
        write_shared_file, link_and_unlink, make_directory, execute, kill_one};
    for (int step = 0; step < STEPS >> self.depth; step++) {
        enum action action = below(ACTIONS);
        actions[action]();
        self.done[action]++;
    }
    for (int i = 0; i < self.pages; i++)
        check_page(i);
    for (int status; wait(&status) > 0;)
        CHECK_EQUAL(status, 0);
    CHECK_EQUAL(write(report[1], self.done, sizeof self.done), sizeof self.done);
    exit(0);
}

// The process that starts all others.

static void remove_shared_files(void)
{
    for (int i = 0; i < NAMES; i++)
        unlink(name_of(i, 0));
}

static void add_up(uint64 *sum)
{
    uint64 done[ACTIONS];
    uint have = 0;
    for (int got; (got = read(report[0], (char *)done + have, sizeof done - have)) > 0;) {
        have = (have + got) % sizeof done;
        for (int i = 0; have == 0 && i < ACTIONS; i++)
            sum[i] += done[i];
    }
}

// How many processes found something wrong.
static int run_round(int processes, uint64 *sum)
{
    int failed = 0;
    CHECK_EQUAL(pipe(report), 0);
    for (int i = 0; i < processes; i++) {
        uint64 seed = next();
        if (start() == 0) {
            self.random = seed | 1;
            close(report[0]);
            live();
        }
    }
    close(report[1]);
    add_up(sum);
    close(report[0]);
    for (int status; wait(&status) > 0;)
        failed += status != 0;
    remove_shared_files();
    return failed;
}

static void tell(int rounds, int seconds, int seed, const uint64 *sum)
{
    printf("churn: %d rounds in %d s, seed %d:", rounds, seconds, seed);
    for (int i = 0; i < ACTIONS; i++)
        printf(" %lu %s%s", sum[i], action_names[i], i + 1 < ACTIONS ? "," : "\n");
}

// Rounds until the time is over, or something was wrong.
static int churn(int seconds, int seed, int processes)
{
    uint64 sum[ACTIONS] = {0};
    int start_time = uptime(), rounds = 0, wrong = 0;
    const char *directory = make_work_directory();
    CHECK_EQUAL(chdir(directory), 0);
    heap = take_pages(0);
    self.random = seed * 2UL + 1;
    do {
        struct account before = take_account();
        int failed = run_round(processes, sum);
        if (failed)
            printf("churn: %d processes found something wrong in round %d\n", failed, rounds);
        wrong = failed || !is_left_in_order("churn", &before);
        rounds++;
    } while (!wrong && uptime() - start_time < seconds * 10);
    tell(rounds, (uptime() - start_time) / 10, seed, sum);
    int left = remove_tree(directory) - 1;
    if (left)
        printf("churn: %d files or directories were left\n", left);
    printf("churn: %s\n", wrong || left ? "FAILED" : "ok");
    return wrong || left;
}

// The number behind an option is stored where it belongs. False: that is no option.
static int take_option(const char *option, const char *value, int *seconds, int *seed,
                       int *processes)
{
    int *place = strcmp(option, "-s") == 0   ? seconds
                 : strcmp(option, "-r") == 0 ? seed
                 : strcmp(option, "-p") == 0 ? processes
                                             : 0;
    if (!place || !value)
        return 0;
    *place = number_of(value);
    return *place >= 0;
}

int main(int argc, char **argv)
{
    int seconds = 10, seed = 1, processes = 4, right = 1;
    if (argc == 2 && strcmp(argv[1], "-x") == 0)
        return 0; // executed by itself
    set_own_path(argv[0]);
    for (int i = 1; i < argc; i += 2)
        right = right && take_option(argv[i], argv[i + 1], &seconds, &seed, &processes);
    if (!right || processes < 1 || processes > 8) {
        fprintf(2, "usage: churn [-s SECONDS] [-r SEED] [-p PROCESSES], with up to 8 processes\n");
        return 2;
    }
    return churn(seconds, seed, processes);
}
