// cow-reuse: as cow-array, but the last owner of a page writes to it in place.
#pragma once

#include "common/fork_share.h"
#include "common/fault_page.h"
#include "common/last_reuse.h"
#include "common/page_new.h"
#include "common/span_own.h"
#include "common/space_plain.h"
