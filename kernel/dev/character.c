#include "dev/character.h"

static const struct character_device *devices[MAJOR_LIMIT];

void character_register(unsigned major, const struct character_device *device)
{
    devices[major] = device;
}

const struct character_device *character_device(unsigned major)
{
    return major < MAJOR_LIMIT ? devices[major] : 0;
}
