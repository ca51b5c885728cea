// The only instructions that may touch user memory. They go through the user's own mapping, so
// the MMU checks each access, and a page fault in them is served like one of the user. If it cannot
// be served, kernel/sys/trap.c continues at user_copy_failed.
//
// The caller has checked that the user's range lies below USER_END, and holds no lock that the
// page-fault path takes. Interrupts may be on.
#pragma once

#include "arch/types.h"

// Copies size bytes. One of the two addresses is the user's. Returns 0, or -1 if an access failed;
// then an unknown part has been copied.
int user_copy(void *to, const void *from, size_t size);

// Copies a string with its end from the user, up to size bytes. Returns its length without the end,
// -1 if an access failed, or -2 if it has no end within size bytes.
int64_t user_copy_string(char *to, const char *from, size_t size);

extern const char user_copy_begin[], user_copy_end[], user_copy_failed[];
