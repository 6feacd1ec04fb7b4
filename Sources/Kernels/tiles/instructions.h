// The tile instructions of AMX; or, where TILES_EMULATED is defined, the same in plain C, bit for bit.
//
// enterTiles(), leaveTiles()   before a thread's first tile and after its last
// A tile is 16 rows of 64 bytes. Tiles are named by constants, 0 … 7, which the instructions contain.
//   tileZero(t)  tileLoad(t, from, stride)  tileStore(t, to, stride)
//   tileStream(t, from, stride)   a load that leaves the first-level cache to others
//   tileMultiply(c, a, b)         c [16][16 floats] += a [16][16 pairs] · b [16 pairs][16]
//   roundToBrains(low, high)      two vectors to one of brain floats, to nearest, ties to even
//   fractionOf(x), timesPowerOf(p, x)   x − ⌊x⌋ and p · 2^⌊x⌋, for x ≤ 0
//   firstFloats(x, n), firstBrains(x, n), firstHalfBrains(x, n)   n numbers, less than a vector, then zeros
//   storeFirst(y, x, n)   the first n < 16 numbers of a vector
// Strides are bytes.
#ifndef TILES_INSTRUCTIONS
#define TILES_INSTRUCTIONS

#include "vectors.h"

#ifndef TILES_EMULATED

// All eight tiles whole: what is ragged is padded, not configured anew. Without this, or permission,
// the first tile instruction ends the process (SIGILL).
static void KERNEL(configureTiles)(void) {
  static const struct {
    uint8_t palette, startRow, reserved[14];
    uint16_t rowBytes[16];
    uint8_t rows[16];
  } whole = {.palette = 1,
             .rowBytes = {64, 64, 64, 64, 64, 64, 64, 64},
             .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
  _tile_loadconfig(&whole);
}

#define enterTiles() KERNEL(configureTiles)()
#define leaveTiles() _tile_release()
#define tileZero(t) _tile_zero(t)
#define tileLoad(t, from, stride) _tile_loadd(t, from, stride)
#define tileStream(t, from, stride) _tile_stream_loadd(t, from, stride)
#define tileStore(t, to, stride) _tile_stored(t, to, stride)
#define tileMultiply(c, a, b) _tile_dpbf16ps(c, a, b)
#define fractionOf(x) ((Floats)_mm512_reduce_ps((__m512)(x), _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC))
#define timesPowerOf(p, x) ((Floats)_mm512_scalef_ps((__m512)(p), (__m512)(x)))
#define roundToBrains(low, high) ((Brains)_mm512_cvtne2ps_pbh((__m512)(high), (__m512)(low)))
#define FIRST_LANES(n, bits) ((__mmask##bits)((1ull << (n)) - 1))
#define firstFloats(x, n) ((Floats)_mm512_maskz_loadu_ps(FIRST_LANES(n, 16), x))
#define firstBrains(x, n) ((Brains)_mm512_maskz_loadu_epi16(FIRST_LANES(n, 32), x))
#define firstHalfBrains(x, n) ((HalfBrains)_mm256_maskz_loadu_epi16(FIRST_LANES(n, 16), x))
#define storeFirst(y, x, n) _mm512_mask_storeu_ps(y, FIRST_LANES(n, 16), (__m512)(x))

#else

#define enterTiles() ((void)0)
#define leaveTiles() ((void)0)
#define firstFloats(x, n) KERNEL(someFloats)(x, n)
#define firstBrains(x, n) KERNEL(someBrains)(x, n)
#define firstHalfBrains(x, n) KERNEL(someHalfBrains)(x, n)
#define storeFirst(y, x, n) KERNEL(storeSome)(y, x, n)
#define tileZero(t) KERNEL(zeroed)(t)
#define tileLoad(t, from, stride) KERNEL(loaded)(t, from, stride)
#define tileStream(t, from, stride) KERNEL(loaded)(t, from, stride)
#define tileStore(t, to, stride) KERNEL(stored)(t, to, stride)
#define tileMultiply(c, a, b) KERNEL(multiplied)(c, a, b)
#define roundToBrains(low, high) KERNEL(rounded)(low, high)
#define fractionOf(x) KERNEL(fraction)(x)
#define timesPowerOf(p, x) KERNEL(timesPower)(p, x)

static _Thread_local union {
  uint8_t bytes[16][64];
  uint32_t pairs[16][16];
  float floats[16][16];
} KERNEL(tiles)[8];

INLINE Floats KERNEL(someFloats)(const float *x, ptrdiff_t n) {
  Floats some = {0};
  memcpy(&some, x, (size_t)n * sizeof *x);
  return some;
}

INLINE Brains KERNEL(someBrains)(const uint16_t *x, ptrdiff_t n) {
  Brains some = {0};
  memcpy(&some, x, (size_t)n * sizeof *x);
  return some;
}

INLINE HalfBrains KERNEL(someHalfBrains)(const uint16_t *x, ptrdiff_t n) {
  HalfBrains some = {0};
  memcpy(&some, x, (size_t)n * sizeof *x);
  return some;
}

INLINE void KERNEL(storeSome)(float *y, Floats x, ptrdiff_t n) {
  memcpy(y, &x, (size_t)n * sizeof *y);
}

static void KERNEL(zeroed)(int t) { memset(&KERNEL(tiles)[t], 0, sizeof KERNEL(tiles)[t]); }

static void KERNEL(loaded)(int t, const void *from, ptrdiff_t stride) {
  for (ptrdiff_t i = 0; i < 16; i++) {
    memcpy(KERNEL(tiles)[t].bytes[i], (const char *)from + i * stride, 64);
  }
}

static void KERNEL(stored)(int t, void *to, ptrdiff_t stride) {
  for (ptrdiff_t i = 0; i < 16; i++) {
    memcpy((char *)to + i * stride, KERNEL(tiles)[t].bytes[i], 64);
  }
}

static inline float KERNEL(floatOfBits)(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline uint32_t KERNEL(bitsOfFloat)(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// What is too small to be a normal number is zero of the same sign, read or written, whatever the
// thread's own rounding mode says.
static inline float KERNEL(flushed)(float x) {
  const uint32_t bits = KERNEL(bitsOfFloat)(x);
  return KERNEL(floatOfBits)(bits & (bits & 0x7F800000 ? 0xFFFFFFFF : 0x80000000));
}

// Two chains of fused multiply-adds that start from zero, one of the pairs' first numbers and one of
// their second; then their sum; then that is added to c. Everything rounds to nearest, ties to even.
// One difference is known: hardware rounds before it asks whether a result is below the normal numbers,
// so that exact results of 2⁻¹²⁶ less half a unit become zero there, and 2⁻¹²⁶ here.
static void KERNEL(multiplied)(int c, int a, int b) {
  for (ptrdiff_t i = 0; i < 16; i++) {
    float first[16] = {0}, second[16] = {0}, *y = KERNEL(tiles)[c].floats[i];
    for (ptrdiff_t k = 0; k < 16; k++) {
      const uint32_t pair = KERNEL(tiles)[a].pairs[i][k], *row = KERNEL(tiles)[b].pairs[k];
      const float low = KERNEL(flushed)(KERNEL(floatOfBits)(pair << 16));
      const float high = KERNEL(flushed)(KERNEL(floatOfBits)(pair & 0xFFFF0000));
      for (ptrdiff_t j = 0; j < 16; j++) {
        const float lowFactor = KERNEL(flushed)(KERNEL(floatOfBits)(row[j] << 16));
        const float highFactor = KERNEL(flushed)(KERNEL(floatOfBits)(row[j] & 0xFFFF0000));
        first[j] = KERNEL(flushed)(__builtin_fmaf(low, lowFactor, first[j]));
        second[j] = KERNEL(flushed)(__builtin_fmaf(high, highFactor, second[j]));
      }
    }
    for (ptrdiff_t j = 0; j < 16; j++) {
      y[j] = KERNEL(flushed)(KERNEL(flushed)(y[j]) + KERNEL(flushed)(first[j] + second[j]));
    }
  }
}

// The instruction rounds the difference down, too: by the error of the rounded one (Knuth's sum).
INLINE Floats KERNEL(fraction)(Floats x) {
  const Floats whole = -__builtin_elementwise_floor(x), sum = x + whole;
  const Floats part = sum - x, error = (x - (sum - part)) + (whole - part);
  return (Floats)((Words)sum + (Words)(error < 0.0f));  // all bits set are −1
}

// What would be too small for a normal number is zero.
INLINE Floats KERNEL(timesPower)(Floats p, Floats x) {
  const Words isSmall = (Words)(x < -126.0f);
  const Words exponent = (Words)__builtin_convertvector(
      __builtin_elementwise_floor((Floats)(~isSmall & (Words)x)), SignedWords);
  return (Floats)(~isSmall & ((Words)p + (exponent << 23)));
}

// The same of vectors: numbers below the normal ones are zero, what is no number stays none.
INLINE Brains KERNEL(rounded)(Floats low, Floats high) {
  Words words[2] = {(Words)low, (Words)high};
  for (int h = 0; h < 2; h++) {
    const Words x = words[h], magnitude = x & 0x7FFFFFFF;
    const Words isNaN = (Words)(magnitude > 0x7F800000), isNormal = (Words)(magnitude >= 0x800000);
    const Words number = x & (isNormal | 0x80000000);
    const Words rounded = (number + 0x7FFF + ((number >> 16) & 1)) >> 16;
    words[h] = (isNaN & ((x >> 16) | 0x40)) | (~isNaN & rounded);
  }
  const HalfBrains first = __builtin_convertvector(words[0], HalfBrains);
  const HalfBrains second = __builtin_convertvector(words[1], HalfBrains);
  return __builtin_shufflevector(first, second, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                                 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
}

#endif

#endif
