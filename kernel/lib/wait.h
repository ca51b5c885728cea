// Waiting, for any layer. The scheduler defines these (proc/sched.c).
//
// A wait queue is a list head. A spinlock guards it together with the condition that is waited
// for: it is held by the caller, given up while waiting, and held again on return. The caller must
// look at the condition again, for it may have been woken for another reason.
#pragma once

#include "lib/list.h"
#include "lib/spinlock.h"

// Waits in the queue. False when the process is killed: then it must give up, and is not put to
// sleep again.
bool wait_on(struct list *queue, struct spinlock *lock);

// The same for what will happen soon whatever else does, such as the end of a transfer: a killed
// process waits like others.
void wait_on_always(struct list *queue, struct spinlock *lock);

// Wakes all who wait in the queue, or the first. The lock that guards it is held.
void wait_wake_all(struct list *queue);
void wait_wake_first(struct list *queue);
