// Ends with the status that its argument says.
//
// usage: exit_status [STATUS]
#include "user/user.h"

int main(int argc, char **argv)
{
    if (argc < 2)
        return 0;
    int negative = argv[1][0] == '-';
    int status = atoi(argv[1] + negative);
    return negative ? -status : status;
}
