// Looks at its arguments: the first is the program's name, then "odd" and "even" by turns. Ends
// with their number as status, or with 100 and more when something is wrong.
#include "user/user.h"

int main(int argc, char **argv)
{
    uint64 stack = (uint64)__builtin_frame_address(0) & -4096UL;
    if ((uint64)argv < stack || (uint64)(argv + argc + 1) > stack + 4096 || (uint64)argv % 8)
        return 100;
    if (argv[argc])
        return 101;
    if (argc > 0 && strcmp(argv[0], "arguments") != 0)
        return 102;
    for (int i = 0; i < argc; i++) {
        if ((uint64)argv[i] < stack || (uint64)argv[i] >= stack + 4096)
            return 103;
        if (i > 0 && strcmp(argv[i], i % 2 ? "odd" : "even") != 0)
            return 104;
    }
    // Memory that was given to the arguments is the program's own.
    for (int i = 0; i < argc; i++)
        memset(argv[i], 'z', strlen(argv[i]));
    if ((uint64)__builtin_frame_address(0) % 16)
        return 105;
    return argc;
}
