// Makes one access in a program that has never forked.
//
// usage: access load|store|jump ADDRESS     ADDRESS: hexadecimal digits, guard, break or stack
//
// Ends with status 0 when the access was allowed.
#include "user/user.h"

static uint64 hexadecimal(const char *text)
{
    uint64 value = 0;
    for (; *text; text++)
        value = value * 16 + (*text <= '9' ? *text - '0' : *text - 'a' + 10);
    return value;
}

static uint64 address_of(const char *word)
{
    uint64 stack = (uint64)__builtin_frame_address(0) & -4096UL;
    if (strcmp(word, "guard") == 0)
        return stack - 8;
    if (strcmp(word, "break") == 0)
        return ((uint64)sbrk(0) + 4095) & -4096UL;
    if (strcmp(word, "stack") == 0)
        return stack;
    return hexadecimal(word);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    volatile uchar *address = (volatile uchar *)address_of(argv[2]);
    if (strcmp(argv[1], "load") == 0)
        (void)*address;
    else if (strcmp(argv[1], "store") == 0)
        *address = 1;
    else
        ((void (*)(void))(uint64)address)();
    return 0;
}
