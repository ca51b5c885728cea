// rm NAME...: removes names of files, and empty directories.

#include "user/cowshed.h"
#include "user/user.h"

int main(int argc, char **argv)
{
    return do_for_names(argc, argv, unlink, "NAME...", "cannot remove");
}
