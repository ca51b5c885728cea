// Empty: programs for the interface include it before kernel/file.h.
#pragma once
