// What all of tiles/ shares: vectors of 64 bytes, which the compiler cuts to what there is. It is
// compiled once for each build, which LEVEL names; a file includes whatever it uses, in any order. Its
// guard admits it once a build, until end.h.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../level.h"
#include "Kernels.h"

// Functions with such arguments are always inlined, so that no convention of calls applies.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float Floats __attribute__((vector_size(64)));
typedef float LooseFloats __attribute__((vector_size(64), aligned(4)));
typedef uint32_t Words __attribute__((vector_size(64)));
typedef int32_t SignedWords __attribute__((vector_size(64)));
typedef uint16_t Brains __attribute__((vector_size(64)));  // 32 brain floats
typedef uint16_t LooseBrains __attribute__((vector_size(64), aligned(2)));
typedef uint16_t HalfBrains __attribute__((vector_size(32)));
typedef uint16_t LooseHalfBrains __attribute__((vector_size(32), aligned(2)));

// Runs a call with the number of pieces as a constant.
#define FOR_PIECES(call)    \
  switch (pieces) {         \
    case 1: call(1); break; \
    default: call(2);       \
  }
