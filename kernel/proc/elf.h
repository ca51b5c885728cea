// Programs in the ELF format (System V ABI, "Object Files"; RISC-V ELF psABI).
#pragma once

#include "fs/inode.h"
#include "mm/space.h"

// Builds the memory of the program in a locked inode into an empty space, and stores its entry
// point. Returns 0, or what is wrong.
const char *elf_load(struct inode *inode, struct space *space, vaddr_t *entry);
