#pragma once

#include "common/count_array.h"
