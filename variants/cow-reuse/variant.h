// cow-reuse: as cow-array, but the last owner of a page writes to it in place.
#pragma once

#include "common/count_array.h"
#include "common/last_reuse.h"
#include "common/fork_share.h"
#include "common/span_own.h"
