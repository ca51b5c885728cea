// Does each system call do what it should? What the parts share; the parts are in parts.h.
#pragma once

#include "common/part.h"
#include "kernel/fcntl.h"
#include "kernel/fs.h"
#include "kernel/stat.h"

#define PART(name) void name(void);
#include "parts.h"
#undef PART

#define BIG_SIZE 65536
extern uchar big[BIG_SIZE]; // for content; each process has its own after a fork

// Files. All of these must succeed.
int open_file(const char *path, int flags);
void close_file(int fd);
void write_whole(int fd, const void *from, int size);
void read_whole(int fd, void *to, int size); // however the bytes come
void make_file(const char *path, const void *content, int size);
void remove_file(const char *path);

// Bytes that depend on the seed and on where they are in the file.
void fill_bytes(uchar *bytes, int size, uint seed, uint offset);
int are_bytes(const uchar *bytes, int size, uint seed, uint offset);
void make_pattern_file(const char *path, int size, uint seed);
void check_pattern_file(const char *path, int size, uint seed); // its size, too

uint64 free_blocks(void);
uint64 free_inodes(void);

// A name that ends in a number: "f17".
const char *numbered(const char *start, int number);

// Forks children that all run work(0), work(1), ... at once, and waits for them to return.
void run_at_once(int count, void (*work)(int));

int executed(int argc, char **argv); // what runs when a part executes own_path
