// The flags of open().
#pragma once

#define O_RDONLY 0x000
#define O_WRONLY 0x001
#define O_RDWR 0x002
#define O_CREATE 0x200 // make the file if there is none
#define O_TRUNC 0x400  // make it empty
#define O_APPEND 0x800 // every write goes to the end
