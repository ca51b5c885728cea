// Reads and writes the console, for tests/kernel/test_console.py.
//
// usage: console lines SIZE       each read of up to SIZE bytes is shown as <length:bytes>
//        console later            the same with 64 bytes, once three seconds have passed
//        console checksum         the number and a hash of all bytes up to the end of file
//        console readers COUNT    so many processes show one read each
//        console killed           a reader that waits is killed, and another reads on
//        console pointers         reads and writes at bad addresses
//        console print COUNT      so many processes write lines, and more are killed by the kernel
//        console flood            a process that writes all the time is killed; how long the next
//                                 lines took
//        console faults COUNT     so many processes are killed by the kernel, which says so each
//        time console last             writes much and ends at once with status 7
//
// The line "quit" ends what reads in a loop.
#include "user/user.h"

enum { LINES = 100, LINE_SIZE = 400, MARK = '~', FLOOD_MORE = 3 };

static char buffer[4096];

static void show(const char *bytes, int size)
{
    char text[600];
    uint used = 0;
    for (int i = 0; i < size && used < sizeof text; i++) {
        uchar c = bytes[i];
        int plain = c >= ' ' && c < 127;
        text[used++] = plain ? c : '\\';
        if (!plain) {
            text[used++] = "0123456789abcdef"[c / 16];
            text[used++] = "0123456789abcdef"[c % 16];
        }
    }
    text[used] = 0;
    printf("<%d:%s>", size, text);
}

static int lines(int size)
{
    for (;;) {
        printf("? ");
        int length = read(0, buffer, size);
        show(buffer, length);
        if (length >= 4 && memcmp(buffer, "quit", 4) == 0)
            return 0;
    }
}

static int later(void)
{
    printf("now");
    sleep(30);
    return lines(64);
}

static int checksum(void)
{
    uint64 hash = 0;
    int total = 0;
    printf("ready");
    for (int length; (length = read(0, buffer, sizeof buffer)) > 0; total += length) {
        for (int i = 0; i < length; i++)
            hash = hash * 31 + (uchar)buffer[i];
    }
    printf("<%d bytes, hash %lu>", total, hash);
    return 0;
}

static int readers(int count)
{
    for (int i = 0; i < count; i++) {
        if (fork() == 0) {
            int length = read(0, buffer, 64);
            show(buffer, length);
            exit(0);
        }
    }
    printf("ready");
    for (int i = 0; i < count; i++)
        wait(0);
    return 0;
}

static int killed(void)
{
    int pid = fork(), status;
    if (pid == 0) {
        read(0, buffer, 64);
        exit(1);
    }
    sleep(2);
    if (kill(pid) || wait(&status) != pid || status != -1)
        return 1;
    printf("ready");
    show(buffer, read(0, buffer, 64));
    return 0;
}

// A buffer of which the last part is beyond the break.
static char *at_the_break(void)
{
    return sbrk(0) - 2;
}

static int pointers(void)
{
    sbrk(4096 - (uint64)sbrk(0) % 4096);
    printf("ready");
    char *const bad[] = {0, at_the_break(), sbrk(0), (char *)(1ul << 38), (char *)-8ul};
    for (int i = 1; i < 5; i++) {
        if (read(0, bad[i], 64) != -1 || write(1, bad[i], 64) != -1)
            return i;
    }
    if (read(0, buffer, -1) != -1 || write(1, buffer, -1) != -1 || read(0, buffer, 0) != 0 ||
        write(1, buffer, 0) != 0)
        return 5;
    show(buffer, read(0, buffer, 64));
    return 0;
}

// Line number i of a writer: who, which, and then a letter that belongs to both, up to a mark.
static void print_line(int writer, int i)
{
    memset(buffer, 'a' + (writer + i) % 26, LINE_SIZE);
    buffer[0] = '#';
    buffer[1] = '0' + writer;
    for (int digit = 4, left = i; digit > 1; digit--, left /= 10)
        buffer[digit] = '0' + left % 10;
    buffer[LINE_SIZE - 2] = MARK;
    buffer[LINE_SIZE - 1] = '\n';
    write(1, buffer, LINE_SIZE);
}

static int print(int count)
{
    for (int writer = 0; writer < count; writer++) {
        if (fork())
            continue;
        for (int i = 0; i < LINES; i++) {
            print_line(writer, i);
            if (i % 10 == 0 && fork() == 0)
                *(volatile char *)(1ul << 37) = 1;
        }
        while (wait(0) > 0)
            ;
        exit(0);
    }
    while (wait(0) > 0)
        ;
    return 0;
}

static int flood(void)
{
    int pid = fork(), status;
    if (pid == 0) {
        for (int i = 0;; i = (i + 1) % 1000)
            print_line(0, i);
    }
    sleep(5);
    if (kill(pid) || wait(&status) != pid || status != -1)
        return 1;
    int then = uptime();
    // Who found no room is woken when a quarter of the ring is free; less than that may be free
    // now. So this is more.
    for (int i = 0; i < FLOOD_MORE; i++)
        print_line(1, i);
    printf("\nsaid %d ticks later\n", uptime() - then);
    return 0;
}

static int faults(int count)
{
    for (int i = 0; i < count; i++) {
        if (fork() == 0)
            *(volatile char *)(1ul << 37) = 1;
        wait(0);
    }
    return 0;
}

static int last(void)
{
    for (int i = 0; i < 20; i++)
        print_line(1, i);
    return 7;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    int number = argc > 2 ? atoi(argv[2]) : 0;
    if (strcmp(what, "lines") == 0)
        return lines(number);
    if (strcmp(what, "later") == 0)
        return later();
    if (strcmp(what, "checksum") == 0)
        return checksum();
    if (strcmp(what, "readers") == 0)
        return readers(number);
    if (strcmp(what, "killed") == 0)
        return killed();
    if (strcmp(what, "pointers") == 0)
        return pointers();
    if (strcmp(what, "print") == 0)
        return print(number);
    if (strcmp(what, "flood") == 0)
        return flood();
    if (strcmp(what, "faults") == 0)
        return faults(number);
    return strcmp(what, "last") == 0 ? last() : 255;
}
