// A gate: processes wait at it until nobody holds it any more. Who creates it holds it, and so does
// each process that is forked from one that holds it; until it releases it, waits at it itself, or
// ends. So nobody waits for a process that was killed.
//
//     struct gate start = gate_create();
//     if (fork() == 0) {
//         gate_wait(&start); // until the parent has forked all the others, too
//         ...
//     }
//     gate_release(&start);
#pragma once

struct gate {
    int ends[2]; // of a pipe: a gate is open when its write end is closed everywhere
};

struct gate gate_create(void); // fails the run when there is no memory for it

// A process does one of these, once: it holds the gate no longer; gate_wait returns when the gate
// is open.
void gate_release(const struct gate *gate);
void gate_wait(const struct gate *gate);

// When the process needs the gate no more. Its frame is free when all have done this or have ended.
void gate_close(const struct gate *gate);
