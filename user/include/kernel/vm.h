// How sys_sbrk() gets memory for the heap.
#pragma once

#define SBRK_EAGER 1 // all at once
#define SBRK_LAZY 2  // each page at its first touch
