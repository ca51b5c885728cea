// cow-array: fork shares pages; an array counts owners; every write to a shared page copies.
#pragma once

#include "common/count_array.h"
#include "common/last_copy.h"
#include "common/fork_share.h"
#include "common/span_own.h"
