// Scalar functions written so that loops over them vectorise: no branches, no calls.
#ifndef FAMILY_MATHEMATICS
#define FAMILY_MATHEMATICS

#include "vector.h"

// eˣ within 2 ULP for |x| ≤ 87: x = n·ln 2 + r, a polynomial of degree 6 in r, 2ⁿ by its bits. Above 2²³ a
// float's lowest bits count whole numbers: they are n + 127, and what NaN leaves there is multiplied by NaN.
INLINE float KERNEL(exp1)(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float n = __builtin_rintf(x * 1.44269504f);
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  union {
    float value;
    uint32_t bits;
  } power = {.value = n + (12582912.0f + 127.0f)};
  power.bits <<= 23;
  return p * power.value;
}

INLINE float KERNEL(sigmoid1)(float x) { return 1.0f / (1.0f + KERNEL(exp1)(-x)); }

// The standard normal distribution: its density but for 1 / √(2π), and Φ(x) from that within 7.5e-8, as
// (1 + erf(x / √2)) / 2 (Abramowitz & Stegun 7.1.26).
INLINE float KERNEL(bell1)(float x) { return KERNEL(exp1)(-0.5f * x * x); }

INLINE float KERNEL(phi1)(float x) {
  const float t = 1.0f / (1.0f + 0.3275911f * 0.70710678f * __builtin_fabsf(x));
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  return 0.5f + 0.5f * __builtin_copysignf(1.0f - p * t * KERNEL(bell1)(x), x);
}

INLINE float KERNEL(gelu1)(float x) { return x * KERNEL(phi1)(x); }

INLINE float KERNEL(gelu1Derivative)(float x) {
  return KERNEL(phi1)(x) + x * 0.39894228f * KERNEL(bell1)(x);
}

#endif
