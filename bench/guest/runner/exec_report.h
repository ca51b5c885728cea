// The report of /bench/reexec on its exec, sent through a pipe.
#pragma once

#include "user/cowshed.h"

struct exec_report {
    uint64 cycles;            // from before exec to the new program's main, both readings included
    struct counters counters; // of that region
};
