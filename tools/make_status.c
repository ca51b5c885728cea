// A function for the Makefile: $(end-with STATUS) ends make with that status.
//
// GNU make's own status is 2 whenever a recipe fails, whatever the status of the recipe. `make run`
// promises the status of the command that was run, so it needs this. (Manual of GNU make, "Loading
// Dynamic Objects".)
#include <gnumake.h>
#include <stdlib.h>

int plugin_is_GPL_compatible; // make loads nothing without it; the MIT license is
int make_status_setup(void);

static char *end_with(const char *name, unsigned int argc, char **argv)
{
    (void)name;
    (void)argc;
    exit(atoi(argv[0]));
}

int make_status_setup(void)
{
    gmk_add_function("end-with", end_with, 1, 1, GMK_FUNC_DEFAULT);
    return 1;
}
