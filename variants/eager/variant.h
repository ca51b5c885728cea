// eager: fork copies every page.
#pragma once

#include "common/count_none.h"
#include "common/fork_copy.h"
#include "common/span_own.h"
