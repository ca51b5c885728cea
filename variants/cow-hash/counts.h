#pragma once

#include "common/count_hash.h"
