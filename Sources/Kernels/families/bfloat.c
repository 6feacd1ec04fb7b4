// Products of 16-bit brain floats, summed in fp32 by AVX-512's own instruction, which multiplies pairs:
// twice the arithmetic of fp32 in the same time. Compiled once; see products.c for the tile.

typedef const uint32_t Pair;  // two neighbours of a row, the first in the lower half

static inline __attribute__((always_inline)) void bfloatTile(Pair *a, ptrdiff_t rowStride,
                                                             ptrdiff_t step, ptrdiff_t rows,
                                                             ptrdiff_t pairs, Pair *panel,
                                                             const float *start, int adds,
                                                             float *y, ptrdiff_t yStride) {
  enum { vectors = 4 };
  __m512 sums[6][vectors];
  FOR_TILE(sums[i][v] = _mm512_setzero_ps());
  for (ptrdiff_t k = 0; k < pairs; k++) {
    FOR_TILE(sums[i][v] = _mm512_dpbf16_ps(
                 sums[i][v], (__m512bh)_mm512_set1_epi32((int)a[i * rowStride + k * step]),
                 (__m512bh)_mm512_loadu_si512(panel + k * PANEL_COLUMNS + v * 16)));
  }
  if (adds) FOR_TILE(sums[i][v] += _mm512_loadu_ps(y + i * yStride + v * 16));
  if (start) FOR_TILE(sums[i][v] += _mm512_loadu_ps(start + v * 16));
  FOR_TILE(_mm512_storeu_ps(y + i * yStride + v * 16, sums[i][v]));
}

// The same for any number of rows.
static inline __attribute__((always_inline)) void bfloatProduct(Pair *a, ptrdiff_t rowStride,
                                                                ptrdiff_t step, ptrdiff_t rows,
                                                                ptrdiff_t pairs, Pair *panel,
                                                                const float *start, int adds,
                                                                float *y, ptrdiff_t yStride) {
#define ROWS(n) bfloatTile(a, rowStride, step, n, pairs, panel, start, adds, y, yStride)
  for (; rows >= 6; rows -= 6, a += 6 * rowStride, y += 6 * yStride) ROWS(6);
  switch (rows) {
    case 5: ROWS(5); break;
    case 4: ROWS(4); break;
    case 3: ROWS(3); break;
    case 2: ROWS(2); break;
    case 1: ROWS(1); break;
  }
#undef ROWS
}

static void bfloatPanelProduct(Pair *a, ptrdiff_t rowStride, ptrdiff_t rows, ptrdiff_t pairs,
                               Pair *panel, const float *start, int adds, float *y,
                               ptrdiff_t yStride) {
  bfloatProduct(a, rowStride, 1, rows, pairs, panel, start, adds, y, yStride);
}
