#pragma once
#include <stddef.h>

// Loops that do nothing useful as fast as the CPU can: the ceilings to measure against.

#pragma clang assume_nonnull begin

// Fused multiply-adds in registers, `rounds` times `fusedOperations(level)` of them. Level: 4
// (AVX-512), 3 (AVX2 + FMA) or 2 (SSE2, where a multiply and an add count as one).
// Returns what they come to, so that they are not left out.
float fusedMultiplyAdds(int level, ptrdiff_t rounds);

// Multiply-adds of numbers in one round.
ptrdiff_t fusedOperations(int level);

#pragma clang assume_nonnull end
