// eager: fork copies every page.
#pragma once

#include "common/fork_copy.h"
#include "common/fault_none.h"
#include "common/page_new.h"
#include "common/span_own.h"
#include "common/space_plain.h"
