// A child ends the machine with the status that the argument says, while the parent waits.
#include "user/cowshed.h"
#include "user/user.h"

int main(int argc, char **argv)
{
    if (argc == 2 && fork() == 0) {
        printf("ending\n");
        poweroff(atoi(argv[1]));
    }
    wait(0);
    return 99;
}
