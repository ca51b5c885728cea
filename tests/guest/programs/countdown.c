// Starts itself with an argument one smaller, until that is 0; then ends with status 33.
#include "user/user.h"

static char digits[4];

int main(int argc, char **argv)
{
    int left = argc > 1 ? atoi(argv[1]) : 0;
    if (left == 0)
        return 33;
    left--;
    digits[0] = '0' + left / 10;
    digits[1] = '0' + left % 10;
    char *next[] = {argv[0], digits, 0};
    exec("/tests/countdown", next);
    return 1;
}
