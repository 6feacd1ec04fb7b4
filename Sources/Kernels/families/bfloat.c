// Products of 16-bit brain floats, summed in fp32 by AVX-512's own instruction, which multiplies pairs:
// twice the arithmetic of fp32 in the same time. Compiled once; see products.c for the tile.
#ifndef FAMILY_BFLOAT
#define FAMILY_BFLOAT

#include "vector.h"

typedef const uint32_t Pair;  // two neighbours of a row, the first in the lower half

INLINE void bfloatTile(Pair *a, ptrdiff_t rowStride, ptrdiff_t step, ptrdiff_t rows,
                       ptrdiff_t pairs, Pair *panel, ptrdiff_t width, int vectors,
                       const float *start, int adds, float *y, ptrdiff_t yStride, Pair *ahead) {
  __m512 sums[12][4];
  FOR_TILE(sums[i][v] = _mm512_setzero_ps());
  for (ptrdiff_t k = 0; k < pairs; k++) {
    __builtin_prefetch(ahead + k * width, 0, 2);
    FOR_TILE(sums[i][v] = _mm512_dpbf16_ps(
                 sums[i][v], (__m512bh)_mm512_set1_epi32((int)a[i * rowStride + k * step]),
                 (__m512bh)_mm512_loadu_si512(panel + k * width + v * 16)));
  }
  if (adds) FOR_TILE(sums[i][v] += _mm512_loadu_ps(y + i * yStride + v * 16));
  if (start) FOR_TILE(sums[i][v] += _mm512_loadu_ps(start + v * 16));
  FOR_TILE(_mm512_storeu_ps(y + i * yStride + v * 16, sums[i][v]));
}

// The same for any number of rows.
INLINE void bfloatTiles(Pair *a, ptrdiff_t rowStride, ptrdiff_t step, ptrdiff_t rows,
                        ptrdiff_t pairs, Pair *panel, ptrdiff_t width, int vectors,
                        const float *start, int adds, float *y, ptrdiff_t yStride) {
  Pair *const end = panel + pairs * width;
  ptrdiff_t quarter = 0;
#define ROWS(n)                                                                             \
  bfloatTile(a, rowStride, step, n, pairs, panel, width, vectors, start, adds, y, yStride, \
             end + quarter * LINE)
#define WHOLE(n)                                                             \
  for (; rows >= (n); rows -= (n), a += (n) * rowStride, y += (n) * yStride) { \
    ROWS(n);                                                                 \
    quarter = (quarter + 1) % 4;                                             \
  }
  if (vectors <= 2) WHOLE(12)
  WHOLE(6)
  switch (rows) {
    case 5: ROWS(5); break;
    case 4: ROWS(4); break;
    case 3: ROWS(3); break;
    case 2: ROWS(2); break;
    case 1: ROWS(1); break;
  }
#undef WHOLE
#undef ROWS
}

static void bfloatPanelProduct(const BFloatPanelProduct *product) {
  const BFloatPanelProduct p = *product;
#define TILES(rowStride, step, v)                                                          \
  bfloatTiles(p.a, rowStride, step, p.rows, p.pairs, p.panel, p.panelStride, v, p.start, p.adds, \
              p.y, p.yStride)
#define EITHER(v)                                \
  do {                                           \
    if (p.isTransposed) TILES(1, p.aStride, v);  \
    else TILES(p.aStride, 1, v);                 \
  } while (0)
  switch (p.columns / 16) {
    case 1: EITHER(1); break;
    case 2: EITHER(2); break;
    case 3: EITHER(3); break;
    default: EITHER(4);
  }
#undef EITHER
#undef TILES
}

// Two rows of vectors as words, the first row in the lower halves; rounded to nearest, ties to even.
INLINE __m512i bfloatPair(__m512 low, __m512 high) {
  const __m512i first = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(low));
  const __m512i second = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(high));
  return _mm512_or_si512(first, _mm512_slli_epi32(second, 16));
}

#endif
