// A file of 268 KiB, the size that every file system of the interface can hold, moved in calls of
// 4 KiB.
#pragma once

#include "kernel/types.h"

enum { PIECE = 4096, PIECES = 67 };

#define TRANSFER_PATH "/bench/file"

// Moves all of the open file by calls of move(). Returns the bytes moved.
uint64 transfer_all(int file, char *buffer, int (*move)(int, void *, int));

// write() with the type of read().
int write_piece(int file, void *buffer, int size);

// A heap page as buffer, so that the runner has no extra page in the benchmarks of fork.
char *buffer_get(void);
void buffer_put(void);
