// usage: usertest [-l | PART...]
#include "usertest.h"

int main(int argc, char **argv)
{
    static const struct part parts[] = {
#define PART(name) {#name, name},
#include "parts.h"
#undef PART
    };
    static const struct program program = {
        .parts = parts,
        .count = sizeof parts / sizeof *parts,
        .passed = "ALL TESTS PASSED",
        .uses_files = 1,
        .executed = executed,
    };
    return run_parts(&program, argc, argv);
}
