// echo [WORD...]: writes the words, with a blank between two, and ends the line.

#include "user/cowshed.h"
#include "user/user.h"

// All words come from one stack page, so they fit. One write: the line stays whole.
static char line[4096 + 32];

int main(int argc, char **argv)
{
    uint length = 0;
    for (int i = 1; i < argc; i++) {
        uint size = strlen(argv[i]);
        if (length + size + 1 > sizeof(line))
            break;
        memcpy(line + length, argv[i], size);
        length += size;
        line[length++] = i + 1 < argc ? ' ' : '\n';
    }
    if (argc == 1)
        line[length++] = '\n';
    if (write_all(1, line, length)) {
        fprintf(2, "echo: cannot write\n");
        return 1;
    }
    return 0;
}
