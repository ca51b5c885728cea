// The kernel's reads and writes of user memory, through the user's own mapping.
//
// The addresses belong to the process that runs here, and may be anything. Copying may fault, so no
// lock may be held. Interrupts may be on or off.
#pragma once

#include "arch/types.h"

// 0, or -1 if the user may not read (or write) all of the range, or memory runs out. Then a part
// may have been copied.
int copy_from_user(void *to, vaddr_t from, size_t size);
int copy_to_user(vaddr_t to, const void *from, size_t size);

// Copies a string with its end. Returns its length without the end, or -1 if the user may not read
// it or it has no end within size bytes.
int64_t copy_string_from_user(char *to, vaddr_t from, size_t size);

// Where data comes from or goes to: memory of the process or of the kernel. Functions that move
// data for both take a place.
struct place {
    uint64_t address;
    bool user;
};

static inline struct place user_place(vaddr_t address)
{
    return (struct place){address, true};
}

static inline struct place kernel_place(const void *address)
{
    return (struct place){(uint64_t)address, false};
}

// As copy_to_user() and copy_from_user(), at offset bytes from the place's start.
int copy_to_place(struct place to, uint64_t offset, const void *from, size_t size);
int copy_from_place(void *to, struct place from, uint64_t offset, size_t size);
