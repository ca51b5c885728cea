// Pipes: bytes from writers to readers, through a ring in one frame.
#pragma once

#include "mm/user_access.h"

struct pipe;

enum pipe_end { PIPE_READ, PIPE_WRITE };

// Boot: tells the audit about the frames of pipes.
void pipe_init(void);

// A pipe with both ends open; 0 when memory runs out. It is gone when both are closed.
struct pipe *pipe_create(void);

// No process uses this end any more, nor will.
void pipe_close(struct pipe *pipe, enum pipe_end end);

// Reads what there is, up to size bytes, and waits where there is nothing. Bytes read; 0 when there
// is nothing and the write end is closed; -1 where the place cannot be written to, or the process
// is killed while it waits. What was not copied stays for the next reader.
int64_t pipe_read(struct pipe *pipe, struct place to, uint64_t size);

// Writes all, and waits for readers to make room for it. Bytes written: size, or fewer where the
// rest of the place cannot be read. -1 where none of it can, where the read end is closed, or where
// the process is killed while it waits. Bytes of two writes are never mixed.
int64_t pipe_write(struct pipe *pipe, struct place from, uint64_t size);
