#define _GNU_SOURCE
#include <sys/mman.h>

#include "CRanks.h"

int makeMemory(void) { return memfd_create("pbe", MFD_CLOEXEC); }
