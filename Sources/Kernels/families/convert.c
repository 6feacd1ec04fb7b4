// fp16 and bf16 are storage only; arithmetic is fp32. Rounding is to nearest even.
#ifndef FAMILY_CONVERT
#define FAMILY_CONVERT

#include "vector.h"

static void KERNEL(fromHalf)(const uint16_t *x, float *y, ptrdiff_t n) {
  const _Float16 *half = (const _Float16 *)x;
  for (ptrdiff_t i = 0; i < n; i++) y[i] = (float)half[i];
}

static void KERNEL(toHalf)(const float *x, uint16_t *y, ptrdiff_t n) {
  _Float16 *half = (_Float16 *)y;
  for (ptrdiff_t i = 0; i < n; i++) half[i] = (_Float16)x[i];
}

static void KERNEL(fromBFloat)(const uint16_t *x, float *y, ptrdiff_t n) {
  uint32_t *bits = (uint32_t *)y;
  for (ptrdiff_t i = 0; i < n; i++) bits[i] = (uint32_t)x[i] << 16;
}

static void KERNEL(toBFloat)(const float *x, uint16_t *y, ptrdiff_t n) {
  const uint32_t *bits = (const uint32_t *)x;
  for (ptrdiff_t i = 0; i < n; i++) {
    const uint32_t b = bits[i];
    const int isNaN = (b & 0x7FFFFFFF) > 0x7F800000;
    const uint32_t rounded = (b + 0x7FFF + ((b >> 16) & 1)) >> 16;
    y[i] = (uint16_t)(isNaN ? (b >> 16) | 0x40 : rounded);
  }
}

#endif
