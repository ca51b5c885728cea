#pragma once

#include "common/count_array.h"
#include "common/mark_none.h"
