// The C library of user programs. The names here are those of the interface of xv6-riscv,
// and no others: those that only Cowshed has are in user/cowshed.h. A program may define a function
// of the library, and then uses its definition.
#pragma once

#include "kernel/types.h"

struct stat;

#define SBRK_ERROR ((char *)-1)

// Programs of the interface print ints with %p and longs with %x. So the compiler checks formats
// only in sources that ask for it.
#ifdef USER_FORMAT_CHECKS
#define USER_FORMAT(text, first) __attribute__((format(__printf__, text, first)))
#else
#define USER_FORMAT(text, first)
#endif

// System calls. Each returns -1 on error unless it says otherwise.
int fork(void);                                  // child: 0; parent: the child's pid
int exit(int status) __attribute__((noreturn));  // returning from main does the same
int wait(int *status);                           // pid of a child that ended; -1: no children
int pipe(int *fds);                              //
int write(int fd, const void *buffer, int size); // bytes written
int read(int fd, void *buffer, int size);        // bytes read, 0 at the end
int close(int fd);                               //
int kill(int pid);                       // 0; the process ends when it next enters the kernel
int exec(const char *path, char **argv); // does not return when it succeeds
int open(const char *path, int flags);   //
int mknod(const char *path, short major, short minor);
int unlink(const char *path);
int fstat(int fd, struct stat *);
int link(const char *old_path, const char *new_path);
int mkdir(const char *path);
int chdir(const char *path);
int dup(int fd);
int getpid(void);
char *sys_sbrk(int bytes, int how); // the old break, or SBRK_ERROR; how: kernel/vm.h
int sleep(int ticks);               // tenths of a second
int pause(int ticks);               // the same; its name since 2025
int uptime(void);                   // tenths of a second since boot

// Move the break; return the old one, or SBRK_ERROR if memory is short or the break would be below
// the heap's start.
char *sbrk(int bytes);     // in a kernel with LAZY=1 the same as the other
char *sbrklazy(int bytes); // a page is taken at its first touch, or the process killed

// Files.
int stat(const char *path, struct stat *);

// A line from descriptor 0, with its \n or \r, cut to max - 1 bytes and ended by a zero. The text
// is empty at the end of the input. Returns the buffer.
char *gets(char *buffer, int max);

// Strings and memory.
char *strcpy(char *to, const char *from);
char *strchr(const char *text, char c);
int strcmp(const char *a, const char *b);
uint strlen(const char *text);
void *memset(void *to, int byte, uint size);
void *memcpy(void *to, const void *from, uint size);
void *memmove(void *to, const void *from, int size);
int memcmp(const void *a, const void *b, uint size);
int atoi(const char *text);

// Memory of the heap, aligned to 16 bytes; 0 if there is not enough. Up to 2^31 bytes at once.
void *malloc(uint bytes);
void free(void *memory); // 0 does nothing

// Formatted output: %d %i %u %x %X %p %s %c %%, with l for 64 bits (%ld %lu %lx), a width, and the
// flags - and 0. %l alone is %ld.
void printf(const char *format, ...) USER_FORMAT(1, 2);
void fprintf(int fd, const char *format, ...) USER_FORMAT(2, 3);
