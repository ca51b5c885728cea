// cow-hash: as cow-reuse, but owners are counted in a hash table of shared frames only.
#pragma once

#include "common/count_hash.h"
#include "common/last_reuse.h"
#include "common/fork_share.h"
#include "common/span_own.h"
