// cow-batch: as cow-reuse, but a write that copies takes the next pages along.
#pragma once

#include "common/fork_share.h"
#include "fault_batch.h"
#include "common/last_reuse.h"
#include "common/page_new.h"
#include "common/span_own.h"
#include "space_batch.h"
