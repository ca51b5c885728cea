// Processes for tests of kernel code that waits: they change at waits and at random, so a seed
// chooses one of the many orders in which harts could run them.
#pragma once

#include "random.h"
#include <stdbool.h>

enum { MAX_PROCESSES = 16 };

// All processes start in run_processes().
void add_process(void (*body)(void *), void *argument);

// Runs the processes until all have ended, or until stop() says so: then they are given up where
// they are. `when_idle` is called when all wait, and now and then; false: nothing can be done.
// Fails with a message where all wait and nothing can be done.
void run_processes(struct random *random, bool (*when_idle)(void));
void processes_stop_all(void); // from when_idle

// Kills the process that was added as number so many: it ends when it finds that out.
void kill_process(unsigned number);
bool processes_were_stopped(void);

// For one process alone.
void run_process(struct random *random, bool (*when_idle)(void), void (*body)(void *),
                 void *argument);
