// cow-exclusive: as cow-reuse, but an entry says when its process is the only owner.
#pragma once

#include "common/fork_share.h"
#include "common/fault_page.h"
#include "common/last_reuse.h"
#include "common/page_new.h"
#include "common/span_own.h"
#include "common/space_plain.h"
