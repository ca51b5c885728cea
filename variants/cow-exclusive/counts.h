#pragma once

#include "common/count_array.h"
#include "mark_alone.h"
