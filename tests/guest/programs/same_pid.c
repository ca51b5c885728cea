// Ends with its own process number as status.
#include "user/user.h"

int main(void)
{
    return getpid();
}
