// Squares of 16 × 16 numbers, whose rows and columns are exchanged in registers.
#ifndef FAMILY_SQUARE
#define FAMILY_SQUARE

#include "vector.h"

// Elements that differ in one bit of their row and of their column change places, bit by bit.
#define LANE(f, s) f(0, s), f(1, s), f(2, s), f(3, s), f(4, s), f(5, s), f(6, s), f(7, s), f(8, s), \
    f(9, s), f(10, s), f(11, s), f(12, s), f(13, s), f(14, s), f(15, s)
#define FIRST(l, s) ((l) & (s) ? SIDE + (l) - (s) : (l))
#define SECOND(l, s) ((l) & (s) ? SIDE + (l) : (l) + (s))
#define EXCHANGE(s)                                                 \
  for (ptrdiff_t i = 0; i < SIDE; i++) {                            \
    if (i & (s)) continue;                                          \
    const Row a = rows[i], b = rows[i + (s)];                       \
    rows[i] = __builtin_shufflevector(a, b, LANE(FIRST, s));        \
    rows[i + (s)] = __builtin_shufflevector(a, b, LANE(SECOND, s)); \
  }
INLINE void KERNEL(exchange)(Row rows[SIDE]) {
  EXCHANGE(1) EXCHANGE(2) EXCHANGE(4) EXCHANGE(8)
}
#undef EXCHANGE
#undef SECOND
#undef FIRST
#undef LANE

// Of rows `xStride` apart, to rows `yStride` apart.
INLINE void KERNEL(turn16)(const float *x, ptrdiff_t xStride, float *y, ptrdiff_t yStride) {
  Row rows[SIDE];
  for (ptrdiff_t i = 0; i < SIDE; i++) rows[i] = *(const LooseRow *)(x + i * xStride);
  KERNEL(exchange)(rows);
  for (ptrdiff_t i = 0; i < SIDE; i++) *(LooseRow *)(y + i * yStride) = rows[i];
}

static void KERNEL(transpose)(const float *restrict x, ptrdiff_t rows, ptrdiff_t columns,
                              float *restrict y) {
  const ptrdiff_t wholeRows = rows / SIDE * SIDE, wholeColumns = columns / SIDE * SIDE;
  for (ptrdiff_t c = 0; c < wholeColumns; c += SIDE) {
    for (ptrdiff_t r = 0; r < wholeRows; r += SIDE) {
      KERNEL(turn16)(x + r * columns + c, columns, y + c * rows + r, rows);
    }
    for (ptrdiff_t r = wholeRows; r < rows; r++) {
      for (ptrdiff_t i = c; i < c + SIDE; i++) y[i * rows + r] = x[r * columns + i];
    }
  }
  for (ptrdiff_t c = wholeColumns; c < columns; c++) {
    for (ptrdiff_t r = 0; r < rows; r++) y[c * rows + r] = x[r * columns + c];
  }
}

#endif
