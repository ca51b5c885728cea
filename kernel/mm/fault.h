// Page faults.
#pragma once

#include "arch/sv39.h"

struct space;

// Each named by the permission that it needs.
enum access { ACCESS_LOAD = PTE_R, ACCESS_STORE = PTE_W, ACCESS_FETCH = PTE_X };

enum fault {
    FAULT_SERVED,    // the access can be tried again
    FAULT_PAGE,      // not decided yet: it depends on the page (mm/cow.h)
    FAULT_INVALID,   // the process may not do that
    FAULT_NO_MEMORY, // it may, but there is no frame left to do it with
};

// Serves a fault of the space that is loaded on this hart, at any address, by the process itself
// or by the kernel on its behalf. Interrupts are off.
enum fault fault_serve(struct space *space, vaddr_t address, enum access access);

// Its name, for the line that says why a process was killed.
const char *access_name(enum access access);
