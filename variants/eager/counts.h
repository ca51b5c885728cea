#pragma once

#include "common/count_none.h"
#include "common/mark_none.h"
