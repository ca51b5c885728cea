// Unit tests of the user library, in place of whose system calls stand those below. The host's own
// library says what is right, where the two mean the same.

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

// The host's, by other names.
static void *(*const host_malloc)(size_t) = malloc;
static void (*const host_free)(void *) = free;
static int (*const host_memcmp)(const void *, const void *, size_t) = memcmp;
static void *(*const host_memset)(void *, int, size_t) = memset;
static void *(*const host_memmove)(void *, const void *, size_t) = memmove;
static int (*const host_main)(const char *, const struct CMUnitTest *, size_t, int (*)(void **),
                              int (*)(void **)) = _cmocka_run_group_tests;

#include "names.h"
#undef main

#include "user/cowshed.h"
#include "user/user.h"

// System calls.

static char output[4096];
static int output_used, output_room, writes, most_at_once, no_room;
static const char *input;
static char *arena, *arena_break, *arena_end;
static int sbrk_calls;
static jmp_buf on_exit_to;

int write(int fd, const void *buffer, int size)
{
    writes++;
    if (fd != 1 && fd != 2)
        return -1;
    if (size > most_at_once)
        size = most_at_once;
    if (size > output_room - output_used)
        size = output_room - output_used;
    if (size <= 0)
        return no_room;
    host_memmove(output + output_used, buffer, size);
    output_used += size;
    output[output_used] = 0;
    return size;
}

int read(int fd, void *buffer, int size)
{
    assert_int_equal(fd, 0);
    assert_int_equal(size, 1);
    if (!*input)
        return 0;
    *(char *)buffer = *input++;
    return 1;
}

int exit(int status)
{
    longjmp(on_exit_to, status + 1);
}

char *sbrk(int bytes)
{
    if (bytes)
        sbrk_calls++;
    if (bytes > arena_end - arena_break || bytes < arena - arena_break)
        return (char *)-1;
    char *old = arena_break;
    arena_break += bytes;
    return old;
}

int open(const char *path, int flags)
{
    (void)path, (void)flags;
    return -1;
}

int fstat(int fd, struct stat *st)
{
    (void)fd, (void)st;
    return -1;
}

int close(int fd)
{
    (void)fd;
    return -1;
}

int processes(struct process_info *out, int count)
{
    static const int number = 100;
    for (int i = 0; i < count && i < number; i++)
        out[i] = (struct process_info){.pid = i + 1};
    return number;
}

static int set_up(void **state)
{
    (void)state;
    output_used = writes = sbrk_calls = 0;
    no_room = -1;
    output_room = most_at_once = sizeof(output) - 1;
    if (!arena) {
        const size_t size = 1UL << 30;
        arena = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                     -1, 0);
        arena_break = arena + 4096;
        arena_end = arena + size;
    }
    return 0;
}

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_below(uint64_t limit)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (random_state * 0x2545f4914f6cdd1d >> 11) % limit;
}

// Strings.

static void fill_random(uchar *to, size_t size, uint values)
{
    for (size_t i = 0; i < size; i++)
        to[i] = random_below(values);
}

// All alignments and small sizes, with sanitized memory right before and behind.
static void memory_is_copied_filled_and_compared(void **state)
{
    (void)state;
    for (uint size = 0; size < 70; size++) {
        for (uint shift = 0; shift < 64; shift++) {
            uint from_at = shift % 8, to_at = shift / 8;
            uchar *from = host_malloc(from_at + size), *to = host_malloc(to_at + size);
            fill_random(from, from_at + size, 256);
            assert_ptr_equal(memcpy(to + to_at, from + from_at, size), to + to_at);
            assert_int_equal(host_memcmp(to + to_at, from + from_at, size), 0);
            assert_int_equal(memcmp(to + to_at, from + from_at, size), 0);
            if (size) {
                to[to_at + shift % size] ^= 0x80;
                int host = host_memcmp(to + to_at, from + from_at, size);
                assert_int_equal(memcmp(to + to_at, from + from_at, size) < 0, host < 0);
            }
            host_memset(from, 0, from_at + size);
            host_memset(from + from_at, 0x9c, size);
            assert_ptr_equal(memset(to + to_at, 0x39c, size), to + to_at);
            assert_int_equal(host_memcmp(to + to_at, from + from_at, size), 0);
            host_free(from);
            host_free(to);
        }
    }
}

static void overlapping_memory_is_moved(void **state)
{
    (void)state;
    uchar ours[96], host[96];
    for (int round = 0; round < 20000; round++) {
        fill_random(ours, sizeof ours, 256);
        host_memmove(host, ours, sizeof host);
        uint from = random_below(48), to = random_below(48), size = random_below(48);
        assert_ptr_equal(memmove(ours + to, ours + from, size), ours + to);
        host_memmove(host + to, host + from, size);
        assert_int_equal(host_memcmp(ours, host, sizeof ours), 0);
    }
    assert_ptr_equal(memmove(ours, host, -1), ours); // the size is signed, and no harm is done
}

static void strings_are_compared_and_searched(void **state)
{
    (void)state;
    assert_int_equal(strcmp("", ""), 0);
    assert_int_equal(strcmp("a", "a"), 0);
    assert_true(strcmp("a", "b") < 0 && strcmp("b", "a") > 0);
    assert_true(strcmp("a", "ab") < 0 && strcmp("ab", "a") > 0);
    assert_true(strcmp("\x80", "a") > 0); // bytes have no sign
    assert_int_equal(strlen(""), 0);
    assert_int_equal(strlen("abc"), 3);
    const char *text = "abcb";
    assert_ptr_equal(strchr(text, 'b'), text + 1);
    assert_null(strchr(text, 'x'));
    assert_null(strchr(text, 0));
    char copy[4];
    assert_ptr_equal(strcpy(copy, "abc"), copy);
    assert_string_equal(copy, "abc");
}

static void numbers_are_read(void **state)
{
    (void)state;
    assert_int_equal(atoi("0"), 0);
    assert_int_equal(atoi("0123x4"), 123);
    assert_int_equal(atoi(""), 0);
    assert_int_equal(atoi("-5"), 0);
    assert_int_equal(atoi("2147483647"), 2147483647);
    assert_int_equal(number_of("2147483647"), 2147483647);
    assert_int_equal(number_of("0"), 0);
    static const char *const bad[] = {
        "", "x", "1x", "-1", " 1", "2147483648", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(number_of(bad[i]), -1);
    assert_string_equal(last_name("/a/b"), "b");
    assert_string_equal(last_name("b"), "b");
    assert_string_equal(last_name("a/"), "");
}

static void lines_are_read(void **state)
{
    (void)state;
    char line[8];
    input = "abc\nde\rlonger than that\n\nend";
    assert_ptr_equal(gets(line, sizeof line), line);
    assert_string_equal(line, "abc\n");
    assert_string_equal(gets(line, sizeof line), "de\r");
    assert_string_equal(gets(line, sizeof line), "longer ");
    assert_string_equal(gets(line, sizeof line), "than th");
    assert_string_equal(gets(line, sizeof line), "at\n");
    assert_string_equal(gets(line, sizeof line), "\n");
    assert_string_equal(gets(line, 1), "");
    assert_string_equal(gets(line, sizeof line), "end");
    assert_string_equal(gets(line, sizeof line), "");
    line[0] = 'x';
    gets(line, 0);
    assert_int_equal(line[0], 'x');
}

// Formatted output.

#define EXPECT(expected, ...)                                                                      \
    do {                                                                                           \
        output_used = 0;                                                                           \
        output[0] = 0;                                                                             \
        printf(__VA_ARGS__);                                                                       \
        assert_string_equal(output, expected);                                                     \
    } while (0)

static void formats_of_the_interface(void **state)
{
    (void)state;
    EXPECT("-1 0 2147483647", "%d %d %d", -1, 0, 2147483647);
    EXPECT("-2147483648", "%d", (int)0x80000000);
    EXPECT("ff fffffffe", "%x %x", 255, -2);
    EXPECT("0x0000000000000010", "%p", 16);
    EXPECT("0xffffffffffffffff", "%p", -1L);
    EXPECT("-9223372036854775808 1", "%l %l", INT64_MIN, 1L);
    EXPECT("abc|(null)|x|%", "%s|%s|%c|%%", "abc", (char *)0, 'x');
    EXPECT("18446744073709551615", "%lu", UINT64_MAX);
    EXPECT("100000000", "%lx", 1L << 32);
    EXPECT("%y%", "%y%%");
    EXPECT("%", "%");
    EXPECT("", "%s", "");
}

// What the host's printf does with a format, ours does too.
static void formats_as_the_host_has_them(void **state)
{
    (void)state;
    static const char *const flags[] = {"", "-", "0", "-0"};
    static const char *const widths[] = {"", "1", "5", "12", "25"};
    static const char *const letters[] = {"d", "u", "x", "X", "ld", "lu", "lx", "lld", "i"};
    for (int round = 0; round < 4000; round++) {
        char format[20], expected[64];
        const char *letter = letters[random_below(9)];
        snprintf(format, sizeof format, "%%%s%s%s", flags[random_below(4)], widths[random_below(5)],
                 letter);
        uint64 value = random_below(UINT64_MAX) >> random_below(64);
        value = random_below(2) ? value : -value;
        snprintf(expected, sizeof expected, format, value);
        EXPECT(expected, format, value);
    }
    EXPECT("   ab|ab   |    c|c    ", "%5s|%-5s|%5c|%-5c", "ab", "ab", 'c', 'c');
    EXPECT("abcdef", "%3s", "abcdef");
}

static void a_text_leaves_in_one_write(void **state)
{
    (void)state;
    EXPECT("a 1 b 2 c", "a %d b %d %s", 1, 2, "c");
    assert_int_equal(writes, 1);
    fprintf(2, "%s", "");
    assert_int_equal(writes, 1);
}

static void a_long_text_arrives_whole(void **state)
{
    (void)state;
    static char text[3000];
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = 'a' + i % 26;
    EXPECT(text, "%s", text);
    most_at_once = 7; // a pipe may take less than it is given
    EXPECT(text, "%s", text);
}

static void a_failed_write_ends_the_text(void **state)
{
    (void)state;
    output_room = 10;
    static char text[3000];
    host_memset(text, 'x', sizeof text - 1);
    printf("%s", text);
    assert_int_equal(output_used, 10);
    no_room = 0;
    printf("%s", text);
    assert_int_equal(output_used, 10);
    output_room = sizeof(output) - 1;
    output_used = 0;
    most_at_once = 3;
    assert_int_equal(write_all(1, "abcdefgh", 8), 0);
    assert_string_equal(output, "abcdefgh");
    output_room = 10;
    assert_int_equal(write_all(1, "abcdefgh", 8), -1);
}

// The heap.

struct piece {
    uchar *at;
    uint size;
    uchar pattern;
};

static void take_piece(struct piece *piece, uint size)
{
    piece->at = malloc(size);
    assert_non_null(piece->at);
    assert_int_equal((uintptr_t)piece->at % 16, 0);
    assert_true(piece->at + size <= (uchar *)arena_break);
    piece->size = size;
    piece->pattern = random_below(256);
    host_memset(piece->at, piece->pattern, size);
}

static void check_piece(const struct piece *piece)
{
    for (uint i = 0; i < piece->size; i++)
        assert_int_equal(piece->at[i], piece->pattern);
}

static void give_piece(struct piece *piece)
{
    check_piece(piece);
    free(piece->at);
    piece->at = 0;
}

// Pieces of all sizes come and go, and the program moves the break too if `moves`.
static void use_heap(int rounds, bool moves)
{
    static struct piece pieces[200];
    static struct piece others[1000];
    int other_count = 0;
    for (int round = 0; round < rounds; round++) {
        struct piece *piece = &pieces[random_below(200)];
        if (piece->at)
            give_piece(piece);
        else
            take_piece(piece, random_below(1UL << random_below(16)));
        if (moves && random_below(500) == 0 && other_count < 1000) {
            struct piece *other = &others[other_count++];
            *other = (struct piece){.size = random_below(5000), .pattern = 0xee};
            other->at = (uchar *)sbrk(other->size);
            host_memset(other->at, other->pattern, other->size);
        }
    }
    for (int i = 0; i < other_count; i++)
        check_piece(&others[i]);
    for (int i = 0; i < 200; i++) {
        if (pieces[i].at)
            give_piece(&pieces[i]);
    }
}

static void pieces_keep_what_is_in_them(void **state)
{
    (void)state;
    use_heap(100000, false);
}

static void the_break_may_be_moved_by_the_program(void **state)
{
    (void)state;
    sbrk(3);
    use_heap(100000, true);
}

// What was given up can be taken again as one piece: neighbors were joined.
static void free_pieces_are_joined(void **state)
{
    (void)state;
    use_heap(50000, false);
    char *end = arena_break;
    uint all = end - arena - 4096 - 64;
    void *whole = malloc(all);
    assert_non_null(whole);
    assert_ptr_equal(arena_break, end);
    free(whole);
    // In each order of giving up three.
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int i = 0; i < 6; i++) {
        void *three[3];
        for (int k = 0; k < 3; k++)
            three[k] = malloc(all / 3 - 32);
        for (int k = 0; k < 3; k++)
            free(three[orders[i][k]]);
        whole = malloc(all);
        assert_non_null(whole);
        assert_ptr_equal(arena_break, end);
        free(whole);
    }
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    arena_end = arena_break + 100000;
    void *pieces[200];
    int count = 0;
    while ((pieces[count] = malloc(1000)))
        count++;
    assert_in_range(count, 95, 99); // nearly all of the memory was there to be used
    assert_null(malloc(5000));
    for (int i = 0; i < count; i++)
        free(pieces[i]);
    assert_non_null(malloc(90000));
    assert_null(malloc(90000));
}

static void sizes_at_the_limits(void **state)
{
    (void)state;
    assert_null(malloc(0xffffffff));
    assert_null(malloc(0xfffffff0));
    assert_null(malloc(0x80000000));
    assert_null(malloc(0x7fffffff));
    assert_null(malloc(0x7fffff00)); // more than the arena
    void *a = malloc(0), *b = malloc(0);
    assert_non_null(a);
    assert_non_null(b);
    assert_ptr_not_equal(a, b);
    free(a);
    free(b);
    free(0);
}

static void the_heap_grows_in_steps(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_non_null(malloc(48));
    assert_int_equal(sbrk_calls, 2); // 64,000 bytes
    assert_non_null(malloc(1000000));
    assert_int_equal(sbrk_calls, 3);
    assert_in_range(arena_break - arena, 1000000, 1000000 + 80000);
}

static void free_memory_at_the_end_is_grown_from(void **state)
{
    (void)state;
    free(malloc(500000));
    const char *before = arena_break;
    assert_non_null(malloc(600000));
    assert_in_range(arena_break - before, 90000, 110000);
}

static void memory_given_up_twice_is_told(void **state)
{
    (void)state;
    void *piece = malloc(100);
    malloc(100);
    free(piece);
    if (setjmp(on_exit_to) == 0) {
        free(piece);
        fail_msg("free took it");
    }
    assert_non_null(strstr(output, "is not in use"));
}

static void a_table_of_any_size_is_read(void **state)
{
    (void)state;
    int count = 0;
    struct process_info *table = process_table(&count);
    assert_non_null(table);
    assert_int_equal(count, 100);
    assert_int_equal(table[99].pid, 100);
    free(table);
}

#define UNIT(name) cmocka_unit_test_setup(name, set_up)

// usage: test_library [TEST]
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(memory_is_copied_filled_and_compared),
        UNIT(overlapping_memory_is_moved),
        UNIT(strings_are_compared_and_searched),
        UNIT(numbers_are_read),
        UNIT(lines_are_read),
        UNIT(formats_of_the_interface),
        UNIT(formats_as_the_host_has_them),
        UNIT(a_text_leaves_in_one_write),
        UNIT(a_long_text_arrives_whole),
        UNIT(a_failed_write_ends_the_text),
        UNIT(pieces_keep_what_is_in_them),
        UNIT(the_break_may_be_moved_by_the_program),
        UNIT(free_pieces_are_joined),
        UNIT(without_memory_there_is_none),
        UNIT(sizes_at_the_limits),
        UNIT(the_heap_grows_in_steps),
        UNIT(free_memory_at_the_end_is_grown_from),
        UNIT(memory_given_up_twice_is_told),
        UNIT(a_table_of_any_size_is_read),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return host_main("library", tests, sizeof tests / sizeof *tests, 0, 0);
}
