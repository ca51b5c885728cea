#pragma once

#include "common/count_hash.h"
#include "common/mark_none.h"
