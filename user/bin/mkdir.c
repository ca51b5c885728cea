// mkdir DIRECTORY...: makes directories.

#include "user/cowshed.h"
#include "user/user.h"

int main(int argc, char **argv)
{
    return do_for_names(argc, argv, mkdir, "DIRECTORY...", "cannot make");
}
