// poweroff [STATUS]: ends the machine. The emulator's exit status is STATUS, 0 where there is none.

#include "user/cowshed.h"
#include "user/user.h"

int main(int argc, char **argv)
{
    int status = argc == 2 ? number_of(argv[1]) : 0;
    if (argc > 2 || status < 0 || status > 255) {
        fprintf(2, "usage: poweroff [STATUS]  (0 to 255)\n");
        return 1;
    }
    poweroff(status);
    fprintf(2, "poweroff: the machine does not end\n");
    return 1;
}
