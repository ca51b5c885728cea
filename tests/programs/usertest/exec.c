// exec: arguments, and files that are no programs.
#include "usertest.h"

// The same text for the same number, of a length that depends on it.
static char *argument(int number, int length)
{
    static char text[MAXARG][40];
    for (int i = 0; i < length; i++)
        text[number][i] = 'a' + (number + i) % 26;
    text[number][length] = 0;
    return text[number];
}

static int are_arguments(int argc, char **argv)
{
    for (int i = 3; i < argc; i++) {
        if (strcmp(argv[i], argument(i, (i * 5) % 39)) != 0)
            return 0;
    }
    return argv[argc] == 0;
}

int executed(int argc, char **argv)
{
    const char *what = argv[2];
    if (strcmp(what, "status") == 0)
        return atoi(argv[3]);
    if (strcmp(what, "open") == 0)
        return open(argv[3], O_RDONLY) < 0;
    if (strcmp(what, "pid") == 0)
        return getpid() != atoi(argv[3]);
    if (strcmp(what, "read") == 0) // descriptor 5 has what the number says, and 6 is not open
        return read(5, big, 1) != 1 || big[0] != 'x' || close(6) != -1;
    if (strcmp(what, "length") == 0)
        return strlen(argv[3]) != (uint)atoi(argv[4]);
    if (strcmp(what, "arguments") == 0)
        return are_arguments(argc, argv) ? argc : FAILED;
    return FAILED;
}

void arguments(void)
{
    char *argv[MAXARG + 3] = {own_path, "-x", "arguments"};
    for (int argc = 3; argc <= MAXARG + 1; argc++) {
        int status = run_program(own_path, argv);
        if (argc < MAXARG)
            CHECK_EQUAL(status, argc);
        else
            CHECK(status == 127 || (argc == MAXARG && status == argc));
        if (argc < MAXARG)
            argv[argc] = argument(argc, (argc * 5) % 39);
        else
            argv[argc] = "one more";
    }
}

void long_arguments(void)
{
    static char text[8 * PAGE_SIZE];
    char size[12];
    char *argv[] = {own_path, "-x", "length", text, size, 0};
    for (int length = 0; length <= 7 * (int)PAGE_SIZE; length = length * 2 + 31) {
        memset(text, 'x', length);
        text[length] = 0;
        strcpy(size, numbered("", length));
        int status = run_program(own_path, argv);
        // Long ones may leave the program no room on the page that is its stack, too.
        CHECK(status == 0 || (length > 2000 && (status == 127 || status == KILLED)));
        CHECK(status == 127 || length < (int)PAGE_SIZE);
    }
    static char *many[MAXARG]; // each is small enough, but not all together
    for (int i = 0; i < MAXARG - 1; i++)
        many[i] = text;
    memset(text, 'y', 300);
    text[300] = 0;
    CHECK_EQUAL(run_program(own_path, many), 127);
}

// An argv, or an argument, without an end: memory ends first.
void arguments_without_end(void)
{
    char **page = take_pages(1);
    for (uint i = 0; i < PAGE_SIZE / sizeof *page; i++)
        page[i] = "x";
    CHECK_EQUAL(exec(own_path, page), -1);
    CHECK_EQUAL(exec(own_path, page + PAGE_SIZE / sizeof *page - 3), -1);
    CHECK_EQUAL(exec(own_path, (char **)((char *)page + PAGE_SIZE - 5)), -1);
    char *text = take_pages(1);
    memset(text, 'x', PAGE_SIZE);
    char *argv[] = {own_path, text + PAGE_SIZE - 10, 0};
    CHECK_EQUAL(exec(own_path, argv), -1);
    CHECK_EQUAL(exec(text + PAGE_SIZE - 10, argv), -1);
}

void exec_keeps_the_process(void)
{
    int pid = start();
    if (pid == 0) {
        char number[12];
        strcpy(number, numbered("", getpid()));
        char *argv[] = {own_path, "-x", "pid", number, 0};
        exec(own_path, argv);
        exit(FAILED);
    }
    expect_end(pid, 0);
    pid = start();
    if (pid == 0) {
        int fds[2];
        CHECK_EQUAL(pipe(fds), 0);
        write_whole(fds[1], "x", 1);
        while (dup(fds[0]) < 6)
            continue;
        close_file(6);
        char *argv[] = {own_path, "-x", "read", "5", 0};
        exec(own_path, argv);
        exit(FAILED);
    }
    expect_end(pid, 0);
}

void exec_of_what_is_no_program(void)
{
    char *argv[] = {"x", 0};
    CHECK_EQUAL(mkdir("folder"), 0);
    CHECK_EQUAL(mknod("device", 1, 1), 0);
    make_file("empty", "", 0);
    make_file("text", "#!/bin/sh\necho no\n", 18);
    make_file("short", "\177ELF", 4);
    static const char *const none[] = {
        "",       ".",     "..",   "/",     "absent", "folder", "folder/absent",
        "device", "empty", "text", "short", "text/x"};
    for (uint i = 0; i < sizeof none / sizeof *none; i++)
        CHECK_EQUAL(exec(none[i], argv), -1);
    static const char *const names[] = {"folder", "device", "empty", "text", "short"};
    for (uint i = 0; i < sizeof names / sizeof *names; i++)
        remove_file(names[i]);
}

// A program made here (ELF-64, gABI 4.1, chapters 4 and 5), to be made a bad one.
struct elf {
    uchar ident[16];
    ushort type, machine;
    uint version;
    uint64 entry, phoff, shoff;
    uint flags;
    ushort ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
    struct segment {
        uint type, flags;
        uint64 offset, vaddr, paddr, filesz, memsz, align;
    } segments[2];
    uint text[4];
};

static const struct elf good = {
    .ident = {0x7f, 'E', 'L', 'F', 2, 1, 1},
    .type = 2,
    .machine = 243,
    .version = 1,
    .phoff = 64,
    .ehsize = 64,
    .phentsize = 56,
    .phnum = 2,
    .segments = {{1, 5, sizeof(struct elf) - 16, 0, 0, 16, 16, 16},
                 {1, 6, 0, 2 * PAGE_SIZE, 0, 64, PAGE_SIZE, PAGE_SIZE}},
    .text = {0x02a00513, 0x00200893, 0x00000073, 0x0000006f}, // li a0, 42; li a7, 2; ecall; j .
};

static int run_elf(const struct elf *elf, int size)
{
    char *argv[] = {"elf", 0};
    make_file("elf", elf, size);
    int status = run_program("elf", argv);
    remove_file("elf");
    return status;
}

// The field at `offset` becomes `value`. The program must not start, or at least not run well.
struct damage {
    uint offset, size;
    uint64 value;
};

#define FIELD(member) __builtin_offsetof(struct elf, member), sizeof good.member

static const struct damage damages[] = {
    {FIELD(ident[0]), 0},
    {FIELD(ident[4]), 1},
    {FIELD(ident[5]), 2},
    {FIELD(machine), 62},
    {FIELD(type), 1},
    {FIELD(entry), 1UL << 38},
    {FIELD(entry), -2UL},
    {FIELD(entry), 2 * PAGE_SIZE},
    {FIELD(entry), 100 * PAGE_SIZE},
    {FIELD(phoff), 1UL << 63},
    {FIELD(phoff), -56UL},
    {FIELD(phoff), 1UL << 20},
    {FIELD(phoff), sizeof(struct elf) - 20},
    {FIELD(phentsize), 1},
    {FIELD(phnum), 0},
    {FIELD(phnum), 3},
    {FIELD(phnum), 65535},
    {FIELD(segments[0].offset), 1UL << 20},
    {FIELD(segments[0].offset), -16UL},
    {FIELD(segments[0].filesz), 17},
    {FIELD(segments[0].filesz), -1UL},
    {FIELD(segments[0].memsz), 15},
    {FIELD(segments[0].vaddr), -PAGE_SIZE},
    {FIELD(segments[0].vaddr), 1UL << 38},
    {FIELD(segments[0].vaddr), 2 * PAGE_SIZE},
    {FIELD(segments[1].vaddr), 0},
    {FIELD(segments[1].vaddr), 2 * PAGE_SIZE + 1},
    {FIELD(segments[1].vaddr), (1UL << 38) - PAGE_SIZE},
    {FIELD(segments[1].vaddr), -PAGE_SIZE},
    {FIELD(segments[1].memsz), 1UL << 38},
    {FIELD(segments[1].memsz), 1UL << 32},
    {FIELD(segments[1].memsz), -1UL},
    {FIELD(segments[1].memsz), -2 * PAGE_SIZE},
    {FIELD(segments[1].filesz), 1UL << 20},
};

void exec_of_bad_programs(void)
{
    CHECK_EQUAL(run_elf(&good, sizeof good), 42);
    for (uint i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct elf bad = good;
        memcpy((char *)&bad + damages[i].offset, &damages[i].value, damages[i].size);
        int status = run_elf(&bad, sizeof bad);
        if (status != 127 && status != KILLED) {
            printf("# damage %d: it ends with %d\n", i, status);
            CHECK(0);
        }
    }
    for (uint size = 0; size < sizeof good; size += 12) {
        int status = run_elf(&good, size);
        CHECK(status == 127 || status == KILLED);
    }
}

// A file that changes, or loses its name, while it is executed: the old program, the new one, or
// none, and nothing else.
static void execute_while_it_changes(int number)
{
    char *argv[] = {"elf", 0};
    for (int i = 0; i < 20; i++) {
        if (number == 0) {
            struct elf other = good;
            other.text[0] += i << 20; // status 42 + i
            int fd = open("moving", O_CREATE | O_TRUNC | O_RDWR);
            if (fd >= 0) {
                write(fd, &other, sizeof other);
                close(fd);
            }
            if (i % 3 == 0)
                unlink("moving");
        } else {
            int status = run_program("moving", argv);
            CHECK(status == 127 || (status >= 42 && status < 62));
        }
    }
}

void exec_of_a_moving_file(void)
{
    run_at_once(4, execute_while_it_changes);
    unlink("moving");
}
