// cow-hash: as cow-reuse, but owners are counted in a hash table of shared frames only.
#pragma once

#include "common/fork_share.h"
#include "common/fault_page.h"
#include "common/last_reuse.h"
#include "common/page_new.h"
#include "common/span_own.h"
#include "common/space_plain.h"
