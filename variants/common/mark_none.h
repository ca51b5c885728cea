// Marks: an entry does not say whether its process is the only owner.
#pragma once

#define PTE_ALONE 0u

#include "common/mark.h"
