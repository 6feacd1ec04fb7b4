// The inner loop of products: a tile of registers to which broadcast numbers times rows of vectors
// are added. 6 rows of 4 vectors fill the 32 registers of AVX-512, 6 rows of 2 the 16 of AVX2.

#define INLINE static inline __attribute__((always_inline))
#define LANES REGISTER_LANES
#define VECTORS (LANES == 16 ? 4 : 2)
#define TILE 6                     // rows
#define COLUMNS (LANES * VECTORS)  // of a tile

typedef float KERNEL(Vector) __attribute__((vector_size(4 * LANES), aligned(4)));
#define Vector KERNEL(Vector)

// y[i] = Σ_k a[i · rowStride + k · step] · b[k] + (start, or y[i] where it adds), of COLUMNS columns.
// The sum is added last: over several calls the rounding errors of long sums then grow less.
INLINE void KERNEL(tile)(const float *a, ptrdiff_t rowStride, ptrdiff_t step, ptrdiff_t rows,
                         ptrdiff_t count, const float *b, ptrdiff_t bStride, const float *start,
                         int adds, float *y, ptrdiff_t yStride) {
  Vector sums[TILE][VECTORS];
  for (ptrdiff_t i = 0; i < rows; i++) {
    for (int v = 0; v < VECTORS; v++) sums[i][v] = (Vector){0};
  }
  for (ptrdiff_t k = 0; k < count; k++) {
    for (ptrdiff_t i = 0; i < rows; i++) {
      for (int v = 0; v < VECTORS; v++) {
        sums[i][v] += a[i * rowStride + k * step] * *(const Vector *)(b + k * bStride + v * LANES);
      }
    }
  }
  for (ptrdiff_t i = 0; i < rows; i++) {
    for (int v = 0; v < VECTORS; v++) {
      Vector *to = (Vector *)(y + i * yStride + v * LANES);
      if (adds) sums[i][v] += *to;
      if (start) sums[i][v] += *(const Vector *)(start + v * LANES);
      *to = sums[i][v];
    }
  }
}

// The same for any number of rows.
INLINE void KERNEL(tiles)(const float *a, ptrdiff_t rowStride, ptrdiff_t step, ptrdiff_t rows,
                          ptrdiff_t count, const float *b, ptrdiff_t bStride, const float *start,
                          int adds, float *y, ptrdiff_t yStride) {
#define ROWS(n) KERNEL(tile)(a, rowStride, step, n, count, b, bStride, start, adds, y, yStride)
  for (; rows >= TILE; rows -= TILE, a += TILE * rowStride, y += TILE * yStride) ROWS(TILE);
  switch (rows) {  // constants, so that every tile stays in registers
    case 5: ROWS(5); break;
    case 4: ROWS(4); break;
    case 3: ROWS(3); break;
    case 2: ROWS(2); break;
    case 1: ROWS(1); break;
  }
#undef ROWS
}

static void KERNEL(panelProduct)(const float *a, ptrdiff_t rowStride, ptrdiff_t rows,
                                 ptrdiff_t count, const float *panel, const float *start, int adds,
                                 float *y, ptrdiff_t yStride) {
  for (ptrdiff_t c = 0; c < PANEL_COLUMNS; c += COLUMNS) {
    KERNEL(tiles)(a, rowStride, 1, rows, count, panel + c, PANEL_COLUMNS, start ? start + c : NULL,
                  adds, y + c, yStride);
  }
}
