#include "events.h"

#define EVENT_NAME(name) #name,
const char *const program_event_names[EVENT_COUNT] = {PROGRAM_EVENTS(EVENT_NAME)};
const char *const core_event_names[CORE_EVENT_COUNT] = {CORE_EVENTS(EVENT_NAME)};
const char *const mode_names[MODES] = {"user", "kernel", "firmware"};
