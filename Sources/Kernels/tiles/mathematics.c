// Functions of sizes and of vectors. Multiplications and additions are fused where that is said and nowhere else, so
// that both builds have the same bits.
#ifndef TILES_MATHEMATICS
#define TILES_MATHEMATICS

#include "instructions.h"
#include "vectors.h"

INLINE ptrdiff_t KERNEL(least)(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

INLINE Floats KERNEL(all)(float x) { return (Floats){0} + x; }

INLINE Floats KERNEL(fused)(Floats a, Floats b, Floats c) {
  return __builtin_elementwise_fma(a, b, c);
}

INLINE Floats KERNEL(larger)(Floats a, Floats b) {
  const Words first = (Words)(a > b);
  return (Floats)((first & (Words)a) | (~first & (Words)b));
}

INLINE Floats KERNEL(smaller)(Floats a, Floats b) {
  const Words first = (Words)(a < b);
  return (Floats)((first & (Words)a) | (~first & (Words)b));
}

// 2ˣ for x ≤ 0, within 8e-5, a twentieth of what rounding to a brain float may change.
INLINE Floats KERNEL(roughPowerOfTwo)(Floats x) {
  const Floats r = fractionOf(x);
  Floats p = KERNEL(fused)(r, KERNEL(all)(0.07802452332f), KERNEL(all)(0.226067159f));
  p = KERNEL(fused)(r, p, KERNEL(all)(0.6958335367f));
  p = KERNEL(fused)(r, p, KERNEL(all)(0.9999252192f));
  return timesPowerOf(p, x);
}

// 2ˣ for −126 ≤ x ≤ 126, within 2e-7.
INLINE Floats KERNEL(powerOfTwo)(Floats x) {
  const Floats r = fractionOf(x);
  Floats p = KERNEL(fused)(r, KERNEL(all)(1.8775767e-3f), KERNEL(all)(8.9893397e-3f));
  p = KERNEL(fused)(r, p, KERNEL(all)(5.5826318e-2f));
  p = KERNEL(fused)(r, p, KERNEL(all)(2.4015361e-1f));
  p = KERNEL(fused)(r, p, KERNEL(all)(6.9315308e-1f));
  p = KERNEL(fused)(r, p, KERNEL(all)(9.9999994e-1f));
  return timesPowerOf(p, x);
}

// x · Φ(x), Φ within 2e-7 by Abramowitz & Stegun 7.1.26.
INLINE Floats KERNEL(gelu)(Floats x) {
  const Floats size = (Floats)((Words)x & 0x7FFFFFFF), one = KERNEL(all)(1);
  const Floats t = one / KERNEL(fused)(size, KERNEL(all)(0.3275911f * 0.70710678f), one);
  Floats p = KERNEL(fused)(t, KERNEL(all)(1.061405429f), KERNEL(all)(-1.453152027f));
  p = KERNEL(fused)(p, t, KERNEL(all)(1.421413741f));
  p = KERNEL(fused)(p, t, KERNEL(all)(-0.284496736f));
  p = KERNEL(fused)(p, t, KERNEL(all)(0.254829592f));
  // e^(−x²/2); what is below 2⁻¹²⁰ does not count
  const Floats exponent = KERNEL(larger)(x * x * -0.72134752f, KERNEL(all)(-120));
  const Floats tail = p * t * KERNEL(powerOfTwo)(exponent) * 0.5f;  // Φ(−|x|)
  // x · Φ(x) = max(x, 0) − |x| · Φ(−|x|)
  return KERNEL(larger)(x, (Floats){0}) - size * tail;
}

// x · σ(1.702 x), CLIP's approximation of GELU.
INLINE Floats KERNEL(quickGelu)(Floats x) {
  const Floats exponent =
      KERNEL(smaller)(KERNEL(larger)(x * (-1.702f * 1.44269504f), KERNEL(all)(-126)),
                      KERNEL(all)(126));
  return x / (1.0f + KERNEL(powerOfTwo)(exponent));
}

#endif
