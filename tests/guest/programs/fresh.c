// Looks at the memory that a new program gets: all of it that was not in the file must be zero.
// Ends with status 0, or with the number of the part that is not.
#include "user/user.h"

#define PAGE 4096UL

static char bss[3 * PAGE];
static int value = 7; // so that there is data

static int is_zero(const char *from, const char *to)
{
    for (; from < to; from++) {
        if (*from)
            return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    char *frame = __builtin_frame_address(0);
    char *stack = (char *)((uint64)frame & -PAGE);
    if (!is_zero(bss, bss + sizeof bss))
        return 1;
    if (!is_zero(stack, frame - 1024)) // below that nothing has been called yet
        return 2;
    if (value != 7 || argc != 1 || argv[1])
        return 3;
    char *heap = sbrk(4 * PAGE);
    if (heap != stack + PAGE)
        return 4;
    if (!is_zero(heap, heap + 4 * PAGE))
        return 5;
    // From the end of bss to the end of its page.
    char *behind = (char *)(((uint64)(bss + sizeof bss) + PAGE - 1) & -PAGE);
    if (behind <= stack - PAGE && !is_zero(bss + sizeof bss, behind))
        return 6;
    return 0;
}
