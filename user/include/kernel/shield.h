// The processes that ^C on the console spares: the argument of the system call shield().
#pragma once

#define SHIELD_SELF 1   // the calling process
#define SHIELD_FAMILY 2 // also those that it forks from now on, and all that they fork
