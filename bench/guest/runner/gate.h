// A gate: processes wait at it until nobody holds it. Its creator holds it, and so does each
// process that a holder forks, until it releases the gate, waits at it, or ends. So nobody waits
// for a killed process.
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

struct gate gate_create(void); // fails the run when memory runs out

// A process calls one of these, once, and stops holding the gate. gate_wait returns when the gate
// is open.
void gate_release(const struct gate *gate);
void gate_wait(const struct gate *gate);

// Called when the process no longer needs the gate. Its frame is free when all have done this or
// ended.
void gate_close(const struct gate *gate);
