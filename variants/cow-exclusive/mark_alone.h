// Marks: bit 9 of an entry says that its process is the only owner of the frame. It is set when a
// page is new or was copied, or when a write has found no other owner. Fork clears it. So whoever
// gives up a page with the mark need not ask how many owners there are.
#pragma once

#define PTE_ALONE 0x200u

#include "common/mark.h"
