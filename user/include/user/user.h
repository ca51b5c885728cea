// The C library of user programs.
#pragma once

#include "kernel/types.h"

struct stat;

// System calls. Each returns -1 on error unless it says otherwise.
int fork(void);                                  // child: 0; parent: the child's pid
int exit(int status) __attribute__((noreturn));  //
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
char *sbrk(int bytes); // the old break; (char *)-1 on error
int sleep(int ticks);  // tenths of a second
int uptime(void);      // tenths of a second since boot

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

// Formatted output: %d %u %x %p %s %c %%, with l for 64 bits (%ld %lu %lx).
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fprintf(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
