// The product: 32 rows times 32 columns are summed in four tiles while the sums before them are written.
//
// Two tiles of each factor, four products: a load a product, which the caches must feed. A strip's part
// of 640 numbers stays in the first level, the rows come from the second past it, and what follows of
// the strips is brought there from further away. Results leave a row at a time, in the shadow of the
// next block's products: tiles stored right into a large matrix would wait for its memory.
#ifndef TILES_PRODUCT
#define TILES_PRODUCT

#include "instructions.h"
#include "mathematics.c"
#include "pack.c"
#include "vectors.h"

/// Blocks of a strip that are summed at a time: so much (40 KB) stays in the first-level cache while it
/// meets all rows.
#define DEPTH 20

// 32 × 32 numbers of a result, or the rest of them; their sums are four tiles.
typedef struct {
  const float *sums;
  ptrdiff_t tile, column;  // the first of the result's
  ptrdiff_t rows, columns;
} KERNEL(Place);

// What happens beside the products: rows of the block before are finished, and lines of the strips that
// follow brought near, so many of each a step.
typedef struct {
  const TileResult *y;
  KERNEL(Place) before;
  ptrdiff_t finished, rowsPerStep;  // a power of two: no step has rows of two tiles
  const char *ahead;
  ptrdiff_t linesPerStep;
} KERNEL(Aside);

// The first `count` of a vector's numbers.
INLINE Floats KERNEL(some)(const float *x, ptrdiff_t count) {
  return count >= 16 ? *(const LooseFloats *)x : firstFloats(x, count);
}

INLINE void KERNEL(store)(const TileResult *y, float *to, Floats x, ptrdiff_t count) {
  if (count < 16) storeFirst(to, x, count);
  else if (y->streams) __builtin_nontemporal_store(x, (Floats *)to);
  else *(LooseFloats *)to = x;
}

// A row of a strip's sums plus the column's start, of which `columns` are written: constants say that all
// are.
INLINE void KERNEL(writeRow)(const TileResult *y, Floats low, Floats high, int activation,
                             ptrdiff_t columns, ptrdiff_t at) {
  if (activation == TILE_GEGLU) {
    low *= KERNEL(gelu)(high);
  } else if (activation == TILE_GELU) {
    low = KERNEL(gelu)(low);
    high = KERNEL(gelu)(high);
  } else if (activation == TILE_QUICK_GELU) {
    low = KERNEL(quickGelu)(low);
    high = KERNEL(quickGelu)(high);
  }
  if (y->plus) {
    low += KERNEL(some)(y->plus + at, columns);
    if (columns > 16) high += KERNEL(some)(y->plus + at + 16, columns - 16);
  }
  if (y->rounded && activation == TILE_GEGLU) {
    uint16_t pieces[2][TILE_BLOCK];
    KERNEL(split)(low, (Floats){0}, y->pieces, pieces[0], TILE_BLOCK, 0);
    for (int p = 0; p < y->pieces; p++) memcpy(y->rounded + at + p * y->piece, pieces[p], 32);
  } else if (y->rounded) {
    KERNEL(split)(low, high, y->pieces, y->rounded + at, y->piece, 0);
  } else {
    KERNEL(store)(y, y->y + at, low, columns);
    if (columns > 16) KERNEL(store)(y, y->y + at + 16, high, columns - 16);
  }
}

// Rows of one tile.
INLINE void KERNEL(finishTile)(const TileResult *y, const float *sums, ptrdiff_t at, const float *start,
                               ptrdiff_t columns, ptrdiff_t count, int activation) {
  Floats first[2] = {{0}};
  if (start) memcpy(first, start, sizeof first);
  for (ptrdiff_t i = 0; i < count; i++, at += y->row, sums += 16) {
    KERNEL(writeRow)(y, *(const Floats *)sums + first[0], *(const Floats *)(sums + 256) + first[1],
                     activation, columns, at);
  }
}

// The same of any activation.
INLINE void KERNEL(finish)(const TileResult *y, const float *sums, ptrdiff_t at, const float *start,
                           ptrdiff_t columns, ptrdiff_t count) {
#define TILE(activation) KERNEL(finishTile)(y, sums, at, start, columns, count, activation)
  switch (y->activation) {
    case TILE_GELU: TILE(TILE_GELU); break;
    case TILE_QUICK_GELU: TILE(TILE_QUICK_GELU); break;
    case TILE_GEGLU: TILE(TILE_GEGLU); break;
    default: TILE(TILE_IDENTITY);
  }
#undef TILE
}

static void KERNEL(finishRagged)(const TileResult *y, const float *sums, ptrdiff_t at,
                                 const float *start, ptrdiff_t columns, ptrdiff_t count) {
  KERNEL(finish)(y, sums, at, start, columns, count);
}

// Rows of a step.
INLINE void KERNEL(finishRows)(KERNEL(Aside) *aside) {
  const KERNEL(Place) *const place = &aside->before;
  const ptrdiff_t row = aside->finished, count = KERNEL(least)(aside->rowsPerStep, place->rows - row);
  if (count <= 0) return;
  const TileResult *const y = aside->y;
  const float *const sums = place->sums + row / 16 * 512 + row % 16 * 16;
  const float *const start = y->start ? y->start + place->column : NULL;
  const ptrdiff_t column = y->activation == TILE_GEGLU ? place->column / 2 : place->column;
  const ptrdiff_t at = y->tiles[place->tile + row / 16] + row % 16 * y->row + column;
  if (y->rounded || place->columns == TILE_BLOCK) {
    KERNEL(finish)(y, sums, at, start, TILE_BLOCK, count);
  } else {
    KERNEL(finishRagged)(y, sums, at, start, place->columns, count);
  }
  aside->finished += count;
}

INLINE void KERNEL(finishRest)(KERNEL(Aside) *aside) {
  while (aside->finished < aside->before.rows) KERNEL(finishRows)(aside);
}

// Adds some steps to the sums, of two tiles of rows or one, and of two of columns or one. Of two pieces,
// the order of products is a path on which one factor changes at a time.
INLINE void KERNEL(steps)(const char *a, ptrdiff_t secondTile, ptrdiff_t row, ptrdiff_t piece,
                          const char *b, ptrdiff_t count, int tall, int wide, int pieces,
                          KERNEL(Aside) *aside) {
  const ptrdiff_t block = TILE_BLOCK * TILE_BLOCK * (ptrdiff_t)sizeof(uint16_t);
  for (ptrdiff_t k = 0; k < count; k++, a += 64, b += pieces * block) {
    const char *const last = a + (pieces - 1) * piece;
    tileStream(4, last, row);  // each load right before it is needed
    tileLoad(6, b, 64);
    tileMultiply(0, 4, 6);
    if (wide) {
      tileLoad(7, b + block / 2, 64);
      tileMultiply(1, 4, 7);
    }
    if (tall) {
      tileStream(5, last + secondTile, row);
      tileMultiply(2, 5, 6);
      if (wide) tileMultiply(3, 5, 7);
    }
#define MULTIPLY                           \
  do {                                     \
    tileMultiply(0, 4, 6);                 \
    if (wide) tileMultiply(1, 4, 7);       \
    if (tall) tileMultiply(2, 5, 6);       \
    if (tall && wide) tileMultiply(3, 5, 7); \
  } while (0)
    if (pieces == 2) {
      tileStream(4, a, row);
      if (tall) tileStream(5, a + secondTile, row);
      MULTIPLY;
      tileLoad(6, b + block, 64);
      if (wide) tileLoad(7, b + block + block / 2, 64);
      MULTIPLY;
    }
#undef MULTIPLY
    for (ptrdiff_t i = 0; i < aside->linesPerStep; i++, aside->ahead += 64) {
      __builtin_prefetch(aside->ahead, 0, 2);
    }
    KERNEL(finishRows)(aside);
  }
}

// Steps first ..< end of a block's sum. `sums` are those of the steps before, `to` takes the new ones.
INLINE void KERNEL(block)(const TileFactor *a, ptrdiff_t tile, const char *strip, ptrdiff_t first,
                          ptrdiff_t end, int tall, int wide, int pieces, const float *sums,
                          float *to, KERNEL(Aside) *aside) {
  const char *const start = (const char *)a->start + a->tiles[tile];
  const ptrdiff_t secondTile = tall ? a->tiles[tile + 1] - a->tiles[tile] : 0;
  if (sums) {
    tileLoad(0, sums, 64);
    tileLoad(1, sums + 256, 64);
    tileLoad(2, sums + 512, 64);
    tileLoad(3, sums + 768, 64);
  } else {
    tileZero(0);
    tileZero(1);
    tileZero(2);
    tileZero(3);
  }
  for (ptrdiff_t k = first; k < end;) {
    const ptrdiff_t inside = k % a->blocks, rest = a->blocks - inside;
    const ptrdiff_t count = KERNEL(least)(end - k, rest);
    KERNEL(steps)(start + a->segments[k / a->blocks] + inside * 64, secondTile, a->row, a->piece,
                  strip + k * pieces * TILE_BLOCK * TILE_BLOCK * 2, count, tall, wide, pieces, aside);
    k += count;
  }
  KERNEL(finishRest)(aside);
  tileStore(0, to, 64);
  tileStore(1, to + 256, 64);
  tileStore(2, to + 512, 64);
  tileStore(3, to + 768, 64);
}

INLINE void KERNEL(blocks)(const TileFactor *a, ptrdiff_t rows, const uint16_t *strips,
                           ptrdiff_t columns, int pieces, const TileResult *y, float *scratch) {
  const ptrdiff_t total = a->segmentCount * a->blocks, size = TILE_BLOCK * TILE_BLOCK;
  const ptrdiff_t parts = (total * pieces + DEPTH - 1) / DEPTH, depth = (total + parts - 1) / parts;
  const ptrdiff_t blocks = tileBlocks(rows);
  // Columns of a strip that are written.
  const ptrdiff_t width = y->activation == TILE_GEGLU ? TILE_BLOCK / 2 : TILE_BLOCK;
  const ptrdiff_t count = (columns + width - 1) / width;
  float *const whole = scratch, *const partial = whole + 2 * size;
  KERNEL(Aside) aside = {.y = y};
  aside.rowsPerStep = 1;
  while (aside.rowsPerStep < 16 && aside.rowsPerStep * depth < TILE_BLOCK) aside.rowsPerStep *= 2;
  // With few rows, the strips come from memory at its own speed anyway.
  aside.linesPerStep = blocks < 4 ? 0 : (pieces * size * 2 / 64 + blocks - 1) / blocks;
  ptrdiff_t turn = 0;
#define PART(strip, first) ((const char *)strips + ((strip) * total + (first)) * pieces * size * 2)
  for (ptrdiff_t group = 0; group < count; group += TILE_STRIPS) {
    const ptrdiff_t groupEnd = KERNEL(least)(group + TILE_STRIPS, count);
    for (ptrdiff_t first = 0; first < total; first += depth) {
      const ptrdiff_t end = KERNEL(least)(first + depth, total);
      for (ptrdiff_t c = group; c < groupEnd; c++) {
        aside.ahead = c + 1 < groupEnd ? PART(c + 1, first)
                      : end < total    ? PART(group, end) : PART(groupEnd, 0);
        for (ptrdiff_t r = 0; r < blocks; r++) {
          const ptrdiff_t rowsLeft = rows - r * TILE_BLOCK;
          float *const sums = partial + ((c - group) * blocks + r) * size;
          float *const to = end < total ? sums : whole + turn * size;
          const float *const before = first > 0 ? sums : NULL;
          // A second tile is left out where it has nothing.
          const int tall = rowsLeft > 16, wide = width < TILE_BLOCK || columns - c * width > 16;
#define SUM(tall, wide) \
  KERNEL(block)(a, 2 * r, PART(c, 0), first, end, tall, wide, pieces, before, to, &aside)
          if (tall && wide) SUM(1, 1);
          else if (tall) SUM(1, 0);
          else if (wide) SUM(0, 1);
          else SUM(0, 0);
#undef SUM
          if (end < total) continue;
          aside.before = (KERNEL(Place)){.sums = to, .tile = 2 * r, .column = c * TILE_BLOCK,
                                         .rows = KERNEL(least)(rowsLeft, TILE_BLOCK),
                                         .columns = KERNEL(least)(columns - c * width, width)};
          aside.finished = 0;
          turn = 1 - turn;
        }
      }
    }
  }
#undef PART
  KERNEL(finishRest)(&aside);
  if (y->streams) __atomic_thread_fence(__ATOMIC_SEQ_CST);  // which a later release alone is not for them
}

static void KERNEL(product)(const TileFactor *a, ptrdiff_t rows, const uint16_t *strips,
                            ptrdiff_t columns, int pieces, const TileResult *y, float *scratch) {
  enterTiles();
#define PRODUCT(n) KERNEL(blocks)(a, rows, strips, columns, n, y, scratch)
  FOR_PIECES(PRODUCT)
#undef PRODUCT
  leaveTiles();
}

#undef DEPTH

#endif
