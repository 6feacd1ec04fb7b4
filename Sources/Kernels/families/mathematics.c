// Scalar functions written so that loops over them vectorise: no branches, no calls.

#define INLINE static inline __attribute__((always_inline))

// eˣ within 2 ULP for |x| ≤ 87: x = n·ln 2 + r, a polynomial of degree 6 in r, 2ⁿ by its bits.
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
    int32_t bits;
    float value;
  } power = {.bits = ((int32_t)n + 127) << 23};
  return p * power.value;
}

INLINE float KERNEL(sigmoid1)(float x) { return 1.0f / (1.0f + KERNEL(exp1)(-x)); }

// erf within 1.5e-7 (Abramowitz & Stegun 7.1.26).
INLINE float KERNEL(erf1)(float x) {
  const float a = __builtin_fabsf(x);
  const float t = 1.0f / (1.0f + 0.3275911f * a);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const float y = 1.0f - p * t * KERNEL(exp1)(-a * a);
  return __builtin_copysignf(y, x);
}

// Φ(x), the standard normal distribution function.
INLINE float KERNEL(phi1)(float x) { return 0.5f + 0.5f * KERNEL(erf1)(x * 0.70710678f); }

INLINE float KERNEL(gelu1)(float x) { return x * KERNEL(phi1)(x); }

INLINE float KERNEL(gelu1Derivative)(float x) {
  return KERNEL(phi1)(x) + x * 0.39894228f * KERNEL(exp1)(-0.5f * x * x);
}

#undef INLINE
