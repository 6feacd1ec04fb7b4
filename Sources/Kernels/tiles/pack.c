// fp32 to rows and strips of brain floats.
#ifndef TILES_PACK
#define TILES_PACK

#include "instructions.h"
#include "vectors.h"

// The numbers' pieces, `distance` apart: each is the rounded rest of those before. What is not finite, or
// not when rounded (from 3.39e38), leaves NaN: such products are not finite either way.
INLINE void KERNEL(split)(Floats low, Floats high, int pieces, uint16_t *to, ptrdiff_t distance,
                          int asPairs) {
  for (int p = 0; p < pieces; p++, to += distance) {
    const Brains piece = roundToBrains(low, high);
    const Words even = (Words)piece << 16, odd = (Words)piece & 0xFFFF0000;  // of neighbours
    if (asPairs) {  // the first of a pair from `low`, the second from `high`
      *(LooseBrains *)to = __builtin_shufflevector(
          piece, piece, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8, 24, 9, 25, 10, 26,
          11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    } else {
      *(LooseBrains *)to = piece;
    }
    if (p + 1 == pieces) return;
#define ROUNDED(l0, h0, l1, h1, l2, h2, l3, h3, l4, h4, l5, h5, l6, h6, l7, h7)                 \
  __builtin_shufflevector(even, odd, l0, h0, l1, h1, l2, h2, l3, h3, l4, h4, l5, h5, l6, h6, l7, h7)
    const Words first = ROUNDED(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const Words second = ROUNDED(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#undef ROUNDED
    low -= (Floats)first;
    high -= (Floats)second;
  }
}

// The first `width` of 32 numbers, then zeros.
INLINE void KERNEL(load)(const float *x, ptrdiff_t width, Floats *low, Floats *high) {
  if (width >= TILE_BLOCK) {
    *low = *(const LooseFloats *)x;
    *high = *(const LooseFloats *)(x + 16);
  } else {
    *low = *high = (Floats){0};
    if (width >= 16) {
      *low = *(const LooseFloats *)x;
      *high = firstFloats(x + 16, width - 16);
    } else if (width > 0) {
      *low = firstFloats(x, width);
    }
  }
}

// The same of brain floats.
INLINE Brains KERNEL(loadBrains)(const uint16_t *x, ptrdiff_t width) {
  if (width >= TILE_BLOCK) return *(const LooseBrains *)x;
  return width > 0 ? firstBrains(x, width) : (Brains){0};
}

INLINE void KERNEL(roundPieces)(const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t count,
                                int pieces, uint16_t *y, ptrdiff_t yStride, ptrdiff_t piece) {
  for (ptrdiff_t r = 0; r < rows; r++, x += stride, y += yStride) {
    for (ptrdiff_t k = 0; k < count; k += TILE_BLOCK) {
      Floats low, high;
      KERNEL(load)(x + k, count - k, &low, &high);
      KERNEL(split)(low, high, pieces, y + k, piece, 0);
    }
  }
}

static void KERNEL(round)(const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t count,
                          int pieces, uint16_t *y, ptrdiff_t yStride, ptrdiff_t piece) {
#define ROUND(n) KERNEL(roundPieces)(x, stride, rows, count, n, y, yStride, piece)
  FOR_PIECES(ROUND)
#undef ROUND
}

// Elements that differ in one bit of their row and their column change places, bit by bit: rows become
// columns.
INLINE void KERNEL(turn)(Words rows[16]) {
#define LANES(f) f(0), f(1), f(2), f(3), f(4), f(5), f(6), f(7), f(8), f(9), f(10), f(11), f(12), \
    f(13), f(14), f(15)
#define EXCHANGE(bit, first, second)                                  \
  for (int i = 0; i < 16; i++) {                                      \
    if (i & bit) continue;                                            \
    const Words a = rows[i], b = rows[i + bit];                       \
    rows[i] = __builtin_shufflevector(a, b, LANES(first));            \
    rows[i + bit] = __builtin_shufflevector(a, b, LANES(second));     \
  }
#define FIRST(bit, l) ((l) & bit ? 16 + (l) - bit : (l))
#define SECOND(bit, l) ((l) & bit ? 16 + (l) : (l) + bit)
#define FIRST1(l) FIRST(1, l)
#define FIRST2(l) FIRST(2, l)
#define FIRST4(l) FIRST(4, l)
#define FIRST8(l) FIRST(8, l)
#define SECOND1(l) SECOND(1, l)
#define SECOND2(l) SECOND(2, l)
#define SECOND4(l) SECOND(4, l)
#define SECOND8(l) SECOND(8, l)
  EXCHANGE(1, FIRST1, SECOND1)
  EXCHANGE(2, FIRST2, SECOND2)
  EXCHANGE(4, FIRST4, SECOND4)
  EXCHANGE(8, FIRST8, SECOND8)
#undef SECOND8
#undef SECOND4
#undef SECOND2
#undef SECOND1
#undef FIRST8
#undef FIRST4
#undef FIRST2
#undef FIRST1
#undef SECOND
#undef FIRST
#undef EXCHANGE
#undef LANES
}

// A tile of 16 columns, each 32 numbers of a row of x; of pieces, one a block after the other.
INLINE void KERNEL(turnedTile)(const float *x, ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t width,
                               int pieces, uint16_t *y) {
  uint16_t split[2][16][TILE_BLOCK];
  for (ptrdiff_t i = 0; i < 16; i++) {
    Floats low, high;
    KERNEL(load)(x + i * stride, i < columns ? width : 0, &low, &high);
    KERNEL(split)(low, high, pieces, split[0][i], 16 * TILE_BLOCK, 0);
  }
  for (int p = 0; p < pieces; p++, y += TILE_BLOCK * TILE_BLOCK) {
    Words rows[16];
    memcpy(rows, split[p], sizeof rows);
    KERNEL(turn)(rows);
    memcpy(y, rows, sizeof rows);
  }
}

INLINE void KERNEL(halfStripPieces)(const float *x, ptrdiff_t stride, int isTransposed,
                                    ptrdiff_t count, ptrdiff_t columns, int pieces, uint16_t *y) {
  const ptrdiff_t block = TILE_BLOCK * TILE_BLOCK;
  for (ptrdiff_t k = 0; k < count; k += TILE_BLOCK, y += pieces * block) {
    if (isTransposed) {
      KERNEL(turnedTile)(x + k, stride, columns, count - k, pieces, y);
      continue;
    }
    for (ptrdiff_t row = k; row < k + TILE_BLOCK; row += 2) {
      Floats low, high, none;
      KERNEL(load)(x + row * stride, row < count ? columns : 0, &low, &none);
      KERNEL(load)(x + (row + 1) * stride, row + 1 < count ? columns : 0, &high, &none);
      KERNEL(split)(low, high, pieces, y + (row - k) / 2 * TILE_BLOCK, block, 1);
    }
  }
}

// The first `columns` of 16 numbers of two rows as pairs, the first row in the lower halves; zeros where
// there is no row.
INLINE Words KERNEL(rowPair)(const uint16_t *first, const uint16_t *second, ptrdiff_t columns) {
  HalfBrains low = {0}, high = {0};
  if (columns >= 16) {
    if (first) low = *(const LooseHalfBrains *)first;
    if (second) high = *(const LooseHalfBrains *)second;
  } else if (columns > 0) {
    if (first) low = firstHalfBrains(first, columns);
    if (second) high = firstHalfBrains(second, columns);
  }
  return __builtin_convertvector(low, Words) | __builtin_convertvector(high, Words) << 16;
}

// 16 such pairs, of the first `rows` of 32 rows.
INLINE void KERNEL(rowPairs)(const uint16_t *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns,
                             Words pairs[16]) {
  for (ptrdiff_t row = 0; row < TILE_BLOCK; row += 2) {
    pairs[row / 2] = KERNEL(rowPair)(row < rows ? x + row * stride : NULL,
                                     row + 1 < rows ? x + (row + 1) * stride : NULL, columns);
  }
}

static void KERNEL(halfStripOfRows)(const uint16_t *x, ptrdiff_t stride, ptrdiff_t count,
                                    ptrdiff_t columns, uint16_t *y) {
  const ptrdiff_t block = TILE_BLOCK * TILE_BLOCK;
  for (ptrdiff_t k = 0; k < count; k += TILE_BLOCK, y += block) {
    Words pairs[16];
    KERNEL(rowPairs)(x + k * stride, stride, count - k, columns, pairs);
    memcpy(y, pairs, sizeof pairs);
  }
}

static void KERNEL(turnRows)(const uint16_t *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns,
                             uint16_t *y, ptrdiff_t yStride) {
  for (ptrdiff_t c = 0; c < columns; c += 16) {
    const ptrdiff_t some = columns - c < 16 ? columns - c : 16;
    for (ptrdiff_t r = 0; r < rows; r += TILE_BLOCK) {
      Words pairs[16];
      KERNEL(rowPairs)(x + r * stride + c, stride, rows - r, some, pairs);
      KERNEL(turn)(pairs);
      for (ptrdiff_t i = 0; i < some; i++) memcpy(y + (c + i) * yStride + r, &pairs[i], 64);
    }
  }
}

static void KERNEL(halfStrip)(const float *x, ptrdiff_t stride, int isTransposed, ptrdiff_t count,
                              ptrdiff_t columns, int pieces, uint16_t *y) {
#define STRIP(n) KERNEL(halfStripPieces)(x, stride, isTransposed, count, columns, n, y)
  FOR_PIECES(STRIP)
#undef STRIP
}

#endif
