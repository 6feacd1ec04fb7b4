// The inner loop of products: a tile of registers to which broadcast numbers times rows of vectors are
// added.
#ifndef FAMILY_PRODUCTS
#define FAMILY_PRODUCTS

#include "square.c"
#include "vector.h"

// y[i] = Σ_k a[i · rowStride + k · step] · b[k] + (start) + (y[i] where it adds), of some vectors.
// The sum is added last: over several calls the rounding errors of long sums then grow less.
// `ahead`: one cache line a step is brought near from there.
INLINE void KERNEL(tile)(const float *a, ptrdiff_t rowStride, ptrdiff_t step, ptrdiff_t rows,
                         ptrdiff_t count, const float *b, ptrdiff_t bStride, int vectors,
                         const float *start, int adds, float *y, ptrdiff_t yStride,
                         const float *ahead) {
  Vector sums[2 * TILE_HEIGHT][VECTORS];
  FOR_TILE(sums[i][v] = (Vector){0});
  for (ptrdiff_t k = 0; k < count; k++) {
    __builtin_prefetch(ahead + k * bStride, 0, 2);
    FOR_TILE(sums[i][v] += a[i * rowStride + k * step]
                           * *(const Vector *)(b + k * bStride + v * LANES));
  }
#define RESULT *(Vector *)(y + i * yStride + v * LANES)
  if (adds) FOR_TILE(sums[i][v] += RESULT);
  if (start) FOR_TILE(sums[i][v] += *(const Vector *)(start + v * LANES));
  FOR_TILE(RESULT = sums[i][v]);
#undef RESULT
}

// The same for any number of rows. The rows that follow b's are brought near, a quarter a tile: where b
// is part of a factor, the next product reads them.
INLINE void KERNEL(tiles)(const float *a, ptrdiff_t rowStride, ptrdiff_t step, ptrdiff_t rows,
                          ptrdiff_t count, const float *b, ptrdiff_t bStride, int vectors,
                          const float *start, int adds, float *y, ptrdiff_t yStride) {
  const float *const end = b + count * bStride;
  ptrdiff_t quarter = 0;
#define ROWS(n)                                                                            \
  KERNEL(tile)(a, rowStride, step, n, count, b, bStride, vectors, start, adds, y, yStride, \
               end + quarter * LINE)
#define WHOLE(n)                                                             \
  for (; rows >= (n); rows -= (n), a += (n) * rowStride, y += (n) * yStride) { \
    ROWS(n);                                                                 \
    quarter = (quarter + 1) % 4;                                             \
  }
  // Rows a page apart share a set of the first cache, which has no room for so many.
  if (vectors <= VECTORS / 2 && rowStride % 1024 != 0) WHOLE(2 * TILE_HEIGHT)
  WHOLE(TILE_HEIGHT)
  switch (rows) {  // constants, so that every tile stays in registers
    case 5: ROWS(5); break;
    case 4: ROWS(4); break;
    case 3: ROWS(3); break;
    case 2: ROWS(2); break;
    case 1: ROWS(1); break;
  }
#undef WHOLE
#undef ROWS
}

// The same for any number of vectors. a: rows `stride` apart; where it is transposed, they are its
// columns.
static void KERNEL(strip)(const float *a, ptrdiff_t stride, int isTransposed, ptrdiff_t rows,
                          ptrdiff_t count, const float *b, ptrdiff_t bStride, ptrdiff_t vectors,
                          const float *start, int adds, float *y, ptrdiff_t yStride) {
#define TILES(rowStride, step, v) \
  KERNEL(tiles)(a, rowStride, step, rows, count, b, bStride, v, start, adds, y, yStride)
#define EITHER(v) \
  do {                                      \
    if (isTransposed) TILES(1, stride, v);  \
    else TILES(stride, 1, v);               \
  } while (0)
  switch (vectors) {
    case 1: EITHER(1); break;
#if VECTORS > 2
    case 2: EITHER(2); break;
    case 3: EITHER(3); break;
#endif
    default: EITHER(VECTORS);
  }
#undef EITHER
#undef TILES
}

// The same where the last vector is not whole.
static void KERNEL(ragged)(const float *a, ptrdiff_t stride, int isTransposed, ptrdiff_t rows,
                           ptrdiff_t count, const float *b, ptrdiff_t bStride, ptrdiff_t columns,
                           const float *start, int adds, float *y, ptrdiff_t yStride) {
  enum { height = 4 * TILE_HEIGHT };
  float sums[height * COLUMNS];
  for (ptrdiff_t r = 0; r < rows; r += height) {
    const ptrdiff_t some = rows - r < height ? rows - r : height;
    KERNEL(strip)(a + (isTransposed ? r : r * stride), stride, isTransposed, some, count, b,
                  bStride, (columns + LANES - 1) / LANES, NULL, 0, sums, COLUMNS);
    for (ptrdiff_t i = 0; i < some; i++) {
      for (ptrdiff_t c = 0; c < columns; c++) {
        float *to = y + (r + i) * yStride + c;
        *to = sums[i * COLUMNS + c] + (start ? start[c] : 0) + (adds ? *to : 0);
      }
    }
  }
}

static void KERNEL(panelProduct)(const PanelProduct *product) {
  const PanelProduct p = *product;
  for (ptrdiff_t c = 0; c < p.columns; c += COLUMNS) {
    const ptrdiff_t rest = p.columns - c < COLUMNS ? p.columns - c : COLUMNS;
    const float *const from = p.start ? p.start + c : NULL;
    if (rest % LANES == 0) {
      KERNEL(strip)(p.a, p.aStride, p.isTransposed, p.rows, p.count, p.b + c, p.bStride,
                    rest / LANES, from, p.adds, p.y + c, p.yStride);
    } else {
      KERNEL(ragged)(p.a, p.aStride, p.isTransposed, p.rows, p.count, p.b + c, p.bStride, rest,
                     from, p.adds, p.y + c, p.yStride);
    }
  }
}

// 16 × 16 of a transposed factor at a time.
static void KERNEL(turnedPanel)(const float *b, ptrdiff_t stride, ptrdiff_t count,
                                ptrdiff_t columns, float *panel) {
  const ptrdiff_t width = panelWidth(columns);
  for (ptrdiff_t c = 0; c < columns; c += SIDE) {
    const ptrdiff_t side = columns - c < SIDE ? columns - c : SIDE;
    for (ptrdiff_t k = 0; k < count; k += SIDE) {
      Row rows[SIDE] = {{0}};
      const ptrdiff_t depth = count - k < SIDE ? count - k : SIDE;
      for (ptrdiff_t i = 0; i < side; i++) {
        const float *const from = b + (c + i) * stride + k;
        __builtin_prefetch(from + 128);
        if (depth == SIDE) rows[i] = *(const LooseRow *)from;
        else memcpy(&rows[i], from, (size_t)depth * sizeof(float));
      }
      KERNEL(exchange)(rows);
      for (ptrdiff_t i = 0; i < depth; i++) {
        *(LooseRow *)(panel + (k + i) * width + c) = rows[i];
      }
    }
  }
}

static void KERNEL(panel)(const float *b, ptrdiff_t stride, int isTransposed, ptrdiff_t count,
                          ptrdiff_t columns, float *panel) {
  if (isTransposed) {
    KERNEL(turnedPanel)(b, stride, count, columns, panel);
    return;
  }
  const ptrdiff_t width = panelWidth(columns);
  for (ptrdiff_t k = 0; k < count; k++) {
    memcpy(panel + k * width, b + k * stride, (size_t)columns * sizeof(float));
    for (ptrdiff_t c = columns; c < width; c++) panel[k * width + c] = 0;
  }
}

#endif
