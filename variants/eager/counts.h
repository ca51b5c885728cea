#pragma once

#include "common/count_none.h"
