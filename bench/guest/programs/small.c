// small WORD...: a small program in C. It adds up the lengths of its arguments, in a page of data;
// its status is 0 if they have any.

#include "user/user.h"

static volatile uint lengths[8];

int main(int argc, char **argv)
{
    uint all = 0;
    for (int i = 1; i < argc; i++) {
        lengths[i % 8] = strlen(argv[i]);
        all += lengths[i % 8];
    }
    return all == 0;
}
