#include "Probes.h"

// As many independent chains as registers hold beside two constants, so that none waits for its
// predecessor: latency 4 at two a cycle needs 8, AVX-512 has 32 registers, the others 16.

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)

#define ROUNDS_AT(LEVEL, BYTES, CHAINS)                                                        \
  static float JOIN(rounds, LEVEL)(ptrdiff_t rounds) {                                         \
    typedef float Vector __attribute__((vector_size(BYTES)));                                  \
    Vector sums[CHAINS] = {{0}}, scale = {0}, offset = {0};                                    \
    scale += 0.999999f;                                                                        \
    offset += 1e-6f;                                                                           \
    for (int i = 0; i < CHAINS; ++i) sums[i] += (float)i;                                      \
    for (ptrdiff_t round = 0; round < rounds; ++round) {                                       \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; ++i) sums[i] =            \
          sums[i] * scale + offset;                                                            \
    }                                                                                          \
    float total = 0;                                                                           \
    for (int i = 0; i < CHAINS; ++i) total += sums[i][0];                                      \
    return total;                                                                              \
  }

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f"))), apply_to = function)
ROUNDS_AT(v4, 64, 16)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
ROUNDS_AT(v3, 32, 12)
#pragma clang attribute pop
#endif
ROUNDS_AT(baseline, 16, 12)

float fusedMultiplyAdds(int level, ptrdiff_t rounds) {
#if defined(__x86_64__)
  if (level >= 4) return rounds_v4(rounds);
  if (level == 3) return rounds_v3(rounds);
#endif
  return rounds_baseline(rounds);
}

ptrdiff_t fusedOperations(int level) { return level >= 4 ? 16 * 16 : level == 3 ? 12 * 8 : 12 * 4; }
