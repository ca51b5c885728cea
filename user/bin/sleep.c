// sleep TICKS: waits for tenths of a second.

#include "user/cowshed.h"
#include "user/user.h"

int main(int argc, char **argv)
{
    int ticks = argc == 2 ? number_of(argv[1]) : -1;
    if (ticks < 0) {
        fprintf(2, "usage: sleep TICKS (a tick is a tenth of a second)\n");
        return 1;
    }
    sleep(ticks);
    return 0;
}
