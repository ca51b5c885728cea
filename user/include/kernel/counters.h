// What the kernel counts: the result of the system call counters().
#pragma once

#include "kernel/types.h"

#define COUNTERS_VERSION 1

enum counters_op {
    COUNTERS_SYSTEM = 0,  // all processes, since boot or the last reset
    COUNTERS_PROCESS = 1, // the calling process alone; its fields marked (system) are the system's
    COUNTERS_RESET = 2,   // start the system's event counts, lowest and peak values again; the
                          // struct receives the counts up to here
};

// All fields are 64 bits wide. "Frames" are physical frames of 4,096 bytes. Event counts only
// grow until a reset; those of a process start at 0.
struct counters {
    uint64 version; // COUNTERS_VERSION
    uint64 size;    // bytes of this struct

    // Memory now.
    uint64 frames_total;        // frames that the allocator owns, free or not (system)
    uint64 frames_free;         // frames free now (system)
    uint64 frames_free_low;     // lowest value of frames_free since boot or reset (system)
    uint64 table_frames;        // frames that hold page tables
    uint64 metadata_bytes;      // bytes that hold reference counts, empty slots too (system)
    uint64 metadata_bytes_peak; // highest value of metadata_bytes since boot or reset (system)

    // Page faults, by their outcome.
    uint64 faults_copy;     // write to a shared page: copied
    uint64 faults_reuse;    // write to a page with no other owner left: made writable in place
    uint64 faults_zero;     // first touch of a lazily allocated page: zero-filled
    uint64 faults_spurious; // the page table already allowed the access
    uint64 faults_killed;   // a process was killed for an access or instruction that is invalid, or
                            // for one that there was no memory left to serve

    // Pages.
    uint64 pages_copied; // by fork and by faults
    uint64 pages_shared; // one more owner, at fork
    uint64 pages_zeroed; // filled with zeroes for a process

    // Processes.
    uint64 forks;    // that succeeded, by the caller
    uint64 execs;    // that succeeded
    uint64 exits;    // processes that ended
    uint64 switches; // times a process was given a hart
    uint64 ticks;    // timer interrupts

    // Translations.
    uint64 flushes_local;  // flushes for a change on the same hart
    uint64 flushes_switch; // flushes on switch-in: another space ran on the hart since, or this
                           // one ran or changed on another hart. None is ever needed remotely.
};
