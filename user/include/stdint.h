// The compiler has this header in full, but in a hosted program looks for the C library's first.
#include <stdint-gcc.h>
