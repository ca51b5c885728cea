// work WORKERS ROUNDS OPERATIONS: worker number i does what the lines of /ops/i say, and says on
// the console when each is done. In a round each worker does so many operations, all workers at the
// same time; after a round a line of input is waited for. What the lines mean: ../model.py.
#include "kernel/fcntl.h"
#include "user/user.h"

enum { WORKERS = 8, SCRIPT = 32 * 1024, PIECE = 4096 };

static char *scripts[WORKERS];
static char piece[PIECE];

static void fail(int worker, int number, const char *what)
{
    printf("failed %d %d %s\n", worker, number, what);
    exit(1);
}

static char *read_script(int worker)
{
    char name[] = "/ops/0";
    name[5] += worker;
    char *script = sbrk(SCRIPT);
    int file = open(name, O_RDONLY), length = 0, got = 0;
    if (file < 0 || script == (char *)-1)
        fail(worker, -1, name);
    while ((got = read(file, script + length, SCRIPT - 1 - length)) > 0)
        length += got;
    close(file);
    return script;
}

// Byte number at of what an operation writes; model.py makes the same.
static void fill(int number, int at, int size)
{
    for (int i = 0; i < size; i++, at++)
        piece[i] = number * 37 + at + at / 256 * 11;
}

static int skip(int file, int bytes)
{
    while (bytes > 0) {
        int got = read(file, piece, bytes < PIECE ? bytes : PIECE);
        if (got <= 0)
            return -1;
        bytes -= got;
    }
    return 0;
}

// One call, so that the file system may make one change of it. The memory is the worker's own.
static int put(int file, int number, int size)
{
    char *data = sbrk(size);
    if (data == (char *)-1)
        return -1;
    for (int at = 0; at < size; at += PIECE) {
        int length = size - at < PIECE ? size - at : PIECE;
        fill(number, at, length);
        memcpy(data + at, piece, length);
    }
    int result = write(file, data, size) == size ? 0 : -1;
    sbrk(-size);
    return result;
}

static int write_at(const char *path, int flags, int number, int offset, int size)
{
    int file = open(path, flags);
    if (file < 0)
        return -1;
    int result = skip(file, offset) || put(file, number, size) ? -1 : 0;
    close(file);
    return result;
}

static int open_and_close(const char *path, int flags)
{
    int file = open(path, flags);
    return file < 0 ? -1 : close(file);
}

// A file that has no name any more when it is written to.
static int temporary(const char *path, int number, int size)
{
    int file = open(path, O_CREATE | O_RDWR);
    if (file < 0)
        return -1;
    int result = unlink(path) || put(file, number, size) ? -1 : 0;
    close(file);
    return result;
}

static int operation(int number, char letter, char *path, char *second, char *third)
{
    switch (letter) {
    case 'c':
        return open_and_close(path, O_CREATE | O_WRONLY);
    case 'w':
        return write_at(path, O_RDWR, number, atoi(second), atoi(third));
    case 'r':
        return write_at(path, O_CREATE | O_TRUNC | O_RDWR, number, 0, atoi(second));
    case 't':
        return open_and_close(path, O_TRUNC | O_WRONLY);
    case 'm':
        return mkdir(path);
    case 'n':
        return mknod(path, atoi(second), atoi(third));
    case 'l':
        return link(path, second);
    case 'u':
        return unlink(path);
    case 'x':
        return temporary(path, number, atoi(second));
    }
    return -1;
}

// Cuts the next word off, which ends at a space or with the line.
static char *word(char **line)
{
    char *start = *line;
    while (**line && **line != ' ')
        ++*line;
    if (**line)
        *(*line)++ = 0;
    return start;
}

// The line's end becomes the string's. Where the next one starts; 0 behind the last.
static char *cut_line(char *script)
{
    char *end = strchr(script, '\n');
    if (end)
        *end++ = 0;
    return end && *end ? end : 0;
}

static int do_line(int number, char *line)
{
    char *letter = word(&line), *path = word(&line), *second = word(&line);
    return operation(number, *letter, path, second, line);
}

static void work(int worker, int first, int count)
{
    char *line = scripts[worker];
    for (int i = 0; line && i < first + count; i++) {
        char *next = cut_line(line);
        if (i >= first) {
            if (do_line(i, line))
                fail(worker, i, "operation");
            printf("done %d %d\n", worker, i);
        }
        line = next;
    }
    exit(0);
}

static int round(int workers, int first, int count)
{
    int failed = 0, status;
    for (int worker = 0; worker < workers; worker++) {
        int pid = fork();
        if (pid == 0)
            work(worker, first, count);
        failed |= pid < 0;
    }
    while (wait(&status) >= 0)
        failed |= status != 0;
    return failed;
}

int main(int argc, char **argv)
{
    char answer[16];
    if (argc != 4)
        exit(2);
    int workers = atoi(argv[1]), rounds = atoi(argv[2]), count = atoi(argv[3]);
    for (int worker = 0; worker < workers; worker++)
        scripts[worker] = read_script(worker);
    for (int i = 0; i < rounds; i++) {
        if (round(workers, i * count, count))
            exit(1);
        printf("round %d\n", i);
        if (read(0, answer, sizeof answer) <= 0)
            exit(3);
    }
    return 0;
}
