// Init: processes that fork and write at once, and when each has ended.
//
// usage: crowd COUNT
//
// Prints a line "NUMBER TIME" for each, in the order in which they were waited for. While they are
// at work they are in the region that several harts share (mark.h).
#include "kernel/types.h"
#include "mark.h"
#include "user/user.h"

enum { MOST = 8, ROUNDS = 40, PAGES = 8, PAGE = 4096 };

static char pages[PAGES * PAGE];

static uint64 now(void)
{
    uint64 time;
    __asm__ volatile("rdtime %0" : "=r"(time)::"memory");
    return time;
}

static void work(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        int pid = fork();
        if (pid < 0)
            exit(-1);
        for (int i = 0; i < PAGES; i++)
            pages[i * PAGE] = round;
        if (pid == 0)
            exit(0);
        wait(0);
    }
}

int main(int argc, char **argv)
{
    int count = argc == 2 ? atoi(argv[1]) : 0, ended[MOST];
    uint64 times[MOST];
    if (count < 1 || count > MOST)
        exit(1);
    for (int i = 0; i < count; i++) {
        if (fork() == 0) {
            MARK(MARK_JOIN);
            work();
            MARK(MARK_LEAVE);
            exit(i);
        }
    }
    for (int i = 0; i < count; i++) {
        wait(&ended[i]);
        times[i] = now();
    }
    for (int i = 0; i < count; i++)
        printf("%d %lu\n", ended[i], times[i]);
    exit(0);
}
