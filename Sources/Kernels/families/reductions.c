// Sums in fp32 over short blocks with 16 independent lanes, in double across blocks: fast, and as
// exact as a sum of floats needs to be.
#ifndef FAMILY_REDUCTIONS
#define FAMILY_REDUCTIONS

#include "vector.h"

#define BLOCK 4096

#define REDUCTION(name, parameters, term)                                     \
  static double KERNEL(name) parameters {                                     \
    double total = 0;                                                         \
    for (ptrdiff_t start = 0; start < n; start += BLOCK) {                    \
      const ptrdiff_t end = start + BLOCK < n ? start + BLOCK : n;            \
      float lanes[PARTIAL_SUMS] = {0};                                        \
      ptrdiff_t i = start;                                                    \
      for (; i + PARTIAL_SUMS <= end; i += PARTIAL_SUMS) {                    \
        for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) lanes[l] += term(i + l); \
      }                                                                       \
      for (; i < end; i++) lanes[0] += term(i);                               \
      for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) total += (double)lanes[l]; \
    }                                                                         \
    return total;                                                             \
  }

#define VALUE(i) (x[i])
#define MAGNITUDE(i) __builtin_fabsf(x[i])
#define PRODUCT(i) (a[i] * b[i])
#define SQUARED_DIFFERENCE(i) ((a[i] - b[i]) * (a[i] - b[i]))

REDUCTION(sum, (const float *x, ptrdiff_t n), VALUE)
REDUCTION(sumOfMagnitudes, (const float *x, ptrdiff_t n), MAGNITUDE)
REDUCTION(dot, (const float *a, const float *b, ptrdiff_t n), PRODUCT)
REDUCTION(squaredDistance, (const float *a, const float *b, ptrdiff_t n), SQUARED_DIFFERENCE)

typedef uint32_t KERNEL(LooseWord) __attribute__((aligned(1)));

static void KERNEL(magnitudeBits)(const void *x, ptrdiff_t n, uint32_t one, uint32_t *bits,
                                  uint32_t *carries) {
  const KERNEL(LooseWord) *const words = x;
  uint32_t some = 0, carried = 0;
  for (ptrdiff_t i = 0; i < n; i++) {
    const uint32_t magnitude = words[i] & 0x7fffffff;
    some |= magnitude;
    carried |= magnitude + one;
  }
  *bits = some;
  *carries = carried;
}

#undef VALUE
#undef MAGNITUDE
#undef PRODUCT
#undef SQUARED_DIFFERENCE
#undef REDUCTION
#undef BLOCK

#endif
