// cow-around: as cow-reuse, but a write by the last owner serves the pages around it, too.
#pragma once

#include "common/fork_share.h"
#include "fault_around.h"
#include "common/last_reuse.h"
#include "common/page_new.h"
#include "common/span_own.h"
#include "common/space_plain.h"
