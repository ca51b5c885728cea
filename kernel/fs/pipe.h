// Pipes: bytes from writers to readers, through a ring in one frame.
#pragma once

#include "mm/user_access.h"

struct pipe;

enum pipe_end { PIPE_READ, PIPE_WRITE };

// Boot: tells the audit about the frames of pipes.
void pipe_init(void);

// A pipe with both ends open; 0 when memory runs out. It is gone when both are closed.
struct pipe *pipe_create(void);

// No process uses this end, or will again.
void pipe_close(struct pipe *pipe, enum pipe_end end);

// Reads what there is, up to size bytes, and waits if there is nothing. Returns the bytes read, 0
// if there are none and the write end is closed, or -1 if the place cannot be written to, or the
// process is killed while it waits. Bytes that were not copied stay for the next reader.
int64_t pipe_read(struct pipe *pipe, struct place to, uint64_t size);

// Writes all, and waits for readers to make room. Returns the bytes written: size, or fewer if the
// rest of the place cannot be read. -1 if none of it can, the read end is closed, or the process is
// killed while it waits. Bytes of two writes are never mixed.
int64_t pipe_write(struct pipe *pipe, struct place from, uint64_t size);
