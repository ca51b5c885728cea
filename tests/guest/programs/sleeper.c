// Sleeps for as many ticks as its argument says.
#include "user/user.h"

int main(int argc, char **argv)
{
    sleep(argc > 1 ? atoi(argv[1]) : 1);
    return 0;
}
