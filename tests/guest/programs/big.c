// A program of more than a hundred pages, for exec with little memory. Ends with status 42 when
// its memory starts as it should.
#include "user/user.h"

static unsigned char data[20 * 4096] = {[0] = 1, [4096] = 2, [20 * 4096 - 1] = 3};
static unsigned char bss[100 * 4096];

int main(void)
{
    if (data[0] != 1 || data[4096] != 2 || data[sizeof data - 1] != 3)
        return 43;
    for (unsigned i = 0; i < sizeof bss; i++) {
        if (bss[i])
            return 44;
    }
    return 42;
}
