#include "gate.h"

#include "emit.h"
#include "user/user.h"

struct gate gate_create(void)
{
    struct gate gate;
    if (pipe(gate.ends) < 0)
        fail("the kernel gives no pipe");
    return gate;
}

void gate_release(const struct gate *gate)
{
    close(gate->ends[1]);
}

// Nobody writes, so that read returns at the end only: it stores nothing.
void gate_wait(const struct gate *gate)
{
    char nothing;
    close(gate->ends[1]);
    if (read(gate->ends[0], &nothing, 1) != 0)
        fail("a gate has something in it");
}

void gate_close(const struct gate *gate)
{
    close(gate->ends[0]);
}
