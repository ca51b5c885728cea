#pragma once

#include "count_atomic.h"
#include "common/mark_none.h"
