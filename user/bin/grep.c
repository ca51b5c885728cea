// grep [-n] [-v] PATTERN [FILE...]: writes the lines that the pattern matches somewhere.
//
// In a pattern, . is any byte, [a-f] one of a set, [^a-f] one that is not in it, and * after any of
// these or a byte repeats it, 0 times too. ^ at the start is the line's start, $ at the end its
// end. \ makes the next byte stand for itself. -n writes numbers of lines, -v the lines that do not
// match. Status: 0 where a line was written, 1 where none was, 2 after an error.

#include <stdbool.h>

#include "kernel/fcntl.h"
#include "user/cowshed.h"
#include "user/user.h"

// A pattern is a row of atoms. While a line is read, bit i of a state says that what was read can
// be the part of the pattern before atom i: all ways to match go on side by side, so each byte is
// looked at once.
#define ATOMS 63

struct atom {
    uint64 bytes[4]; // a bit for each byte that it matches
    bool repeats;
};

struct pattern {
    struct atom atoms[ATOMS];
    int count;
    bool at_start, at_end; // of the line alone
};

struct options {
    bool numbers, inverted, names;
};

static struct pattern pattern;
static struct options options;

static void fail(const char *what, const char *name)
{
    fprintf(2, "grep: %s%s\n", what, name);
    exit(2);
}

static void atom_add(struct atom *atom, uchar byte)
{
    atom->bytes[byte / 64] |= 1UL << byte % 64;
}

static bool atom_has(const struct atom *atom, uchar byte)
{
    return atom->bytes[byte / 64] >> byte % 64 & 1;
}

static void atom_invert(struct atom *atom)
{
    for (int i = 0; i < 4; i++)
        atom->bytes[i] = ~atom->bytes[i];
}

// Reads a set, from behind its [. Returns the place behind its ]. A ] at the start is a member.
static const char *read_set(const char *at, struct atom *atom)
{
    bool inverted = *at == '^';
    at += inverted;
    const char *first = at;
    for (; *at && (*at != ']' || at == first); at++) {
        uchar low = *at;
        uchar high = low;
        if (at[1] == '-' && at[2] && at[2] != ']') {
            high = at[2];
            at += 2;
        }
        for (int byte = low; byte <= high; byte++)
            atom_add(atom, byte);
    }
    if (!*at)
        fail("the pattern has a [ without ]", "");
    if (inverted)
        atom_invert(atom);
    return at + 1;
}

// Reads one atom without its *. Returns the place behind it.
static const char *read_atom(const char *at, struct atom *atom)
{
    char c = *at++;
    if (c == '[')
        return read_set(at, atom);
    if (c == '.') {
        atom_invert(atom);
        return at;
    }
    if (c == '\\') {
        c = *at++;
        if (!c)
            fail("the pattern ends with \\", "");
    }
    atom_add(atom, c);
    return at;
}

static void read_pattern(const char *at)
{
    pattern.at_start = *at == '^';
    at += pattern.at_start;
    while (*at && !pattern.at_end) {
        if (at[0] == '$' && !at[1]) {
            pattern.at_end = true;
            break;
        }
        if (pattern.count == ATOMS)
            fail("the pattern is too long: ", at);
        struct atom *atom = &pattern.atoms[pattern.count++];
        at = read_atom(at, atom);
        if (*at == '*') {
            atom->repeats = true;
            at++;
        }
    }
}

// What repeats may also be left out.
static uint64 skip_repeats(uint64 state)
{
    for (int i = 0; i < pattern.count; i++) {
        if (state >> i & 1 && pattern.atoms[i].repeats)
            state |= 2UL << i;
    }
    return state;
}

static uint64 step(uint64 state, uchar byte)
{
    uint64 next = 0;
    for (int i = 0; i < pattern.count; i++) {
        const struct atom *atom = &pattern.atoms[i];
        if (state >> i & 1 && atom_has(atom, byte))
            next |= (atom->repeats ? 1UL : 2UL) << i;
    }
    return skip_repeats(next);
}

static bool matches(const char *line, uint64 length)
{
    const uint64 start = skip_repeats(1);
    uint64 state = start;
    for (uint64 i = 0; i < length; i++) {
        if (state >> pattern.count & 1 && !pattern.at_end)
            return true;
        state = step(state, line[i]);
        if (!pattern.at_start)
            state |= start;
    }
    return state >> pattern.count & 1;
}

// A file while it is read: the bytes from the start of a line on.
struct reader {
    int fd;
    const char *name;
    uint64 line; // number of the line at the start
};

static char *buffer;
static uint64 capacity;
static bool found;

static void grow(const char *name)
{
    uint64 more = capacity ? 2 * capacity : 4096;
    char *larger = more <= 1UL << 30 ? malloc(more) : 0;
    if (!larger)
        fail("there is no memory for a line of ", name);
    memcpy(larger, buffer, capacity);
    free(buffer);
    buffer = larger;
    capacity = more;
}

// A line without its end. The buffer has room for that.
static void handle_line(struct reader *reader, char *line, uint64 length)
{
    reader->line++;
    if (matches(line, length) == options.inverted)
        return;
    found = true;
    if (options.names)
        printf("%s:", reader->name);
    if (options.numbers)
        printf("%lu:", reader->line);
    line[length] = '\n';
    if (write_all(1, line, length + 1))
        fail("cannot write", "");
}

// Handles the whole lines of the buffer. Returns how many bytes they have.
static uint64 handle_lines(struct reader *reader, uint64 used)
{
    uint64 start = 0;
    for (uint64 i = 0; i < used; i++) {
        if (buffer[i] == '\n') {
            handle_line(reader, buffer + start, i - start);
            start = i + 1;
        }
    }
    return start;
}

// Returns whether the file could be read to its end.
static bool search(struct reader *reader)
{
    uint64 used = 0;
    int size;
    for (;;) {
        if (used + 1 >= capacity)
            grow(reader->name);
        size = read(reader->fd, buffer + used, capacity - used - 1);
        if (size <= 0)
            break;
        used += size;
        uint64 done = handle_lines(reader, used);
        used -= done;
        memmove(buffer, buffer + done, used);
    }
    if (used > 0)
        handle_line(reader, buffer, used);
    if (size < 0)
        fprintf(2, "grep: cannot read %s\n", reader->name);
    return size == 0;
}

static bool search_file(const char *name)
{
    struct reader reader = {.fd = open(name, O_RDONLY), .name = name};
    if (reader.fd < 0) {
        fprintf(2, "grep: cannot open %s\n", name);
        return false;
    }
    bool whole = search(&reader);
    close(reader.fd);
    return whole;
}

// Returns the index of the first argument that is no option.
static int read_options(int argc, char **argv)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        for (const char *letter = argv[i] + 1; *letter; letter++) {
            if (!strchr("nv", *letter))
                return argc;
            options.numbers |= *letter == 'n';
            options.inverted |= *letter == 'v';
        }
    }
    return i;
}

int main(int argc, char **argv)
{
    int i = read_options(argc, argv);
    if (i >= argc) {
        fprintf(2, "usage: grep [-n] [-v] PATTERN [FILE...]\n");
        return 2;
    }
    read_pattern(argv[i++]);
    options.names = argc - i > 1;
    bool well = true;
    if (i == argc)
        well = search(&(struct reader){.fd = 0, .name = "descriptor 0"});
    for (; i < argc; i++)
        well &= search_file(argv[i]);
    if (!well)
        return 2;
    return found ? 0 : 1;
}
