// cow-atomic: as cow-reuse, but counts are changed by atomic instructions, without a lock.
#pragma once

#include "common/fork_share.h"
#include "common/fault_page.h"
#include "common/last_reuse.h"
#include "common/page_new.h"
#include "common/span_own.h"
#include "common/space_plain.h"
