// Programs in the ELF format (System V ABI, "Object Files"; RISC-V ELF psABI).
#pragma once

#include "fs/archive.h"
#include "mm/space.h"

// Builds the memory of the program in file into an empty space, and stores where it starts.
// Returns 0, or what is wrong.
const char *elf_load(const struct file *file, struct space *space, vaddr_t *entry);
