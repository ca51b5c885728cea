// As cow-reuse, but each hook panics when the kernel does not keep its side of the contract.
#pragma once

#include "space_watched.h"
#include "span_watched.h"
#include "common/page_new.h"
#include "common/last_reuse.h"
#include "common/fault_page.h"
#include "common/fork_share.h"
