// cow-array: fork shares pages; an array counts owners; every write to a shared page copies.
#pragma once

#include "common/fork_share.h"
#include "common/fault_page.h"
#include "common/last_copy.h"
#include "common/page_new.h"
#include "common/span_own.h"
#include "common/space_plain.h"
