// The gradient of attention (Dao et al., arXiv:2205.14135, appendix B.2), one head at a time: scores are
// made again, [key][query] as in attention.c, some keys and some queries at a time.
//
//   P = 2^(scale · k qᵀ / ln 2 − logTotals)     D = Σ dy · y     dS = P ∘ (v dyᵀ − D)
//   dv = P dy        dk = scale · dS q        dq = scale · dSᵀ k
//
// P and dS are first factors of sums over queries, and dS, by pairs of keys, the strips of one over keys.
#ifndef TILES_ATTENTION_GRADIENT
#define TILES_ATTENTION_GRADIENT

#include "attention.c"
#include "instructions.h"
#include "mathematics.c"
#include "pack.c"
#include "vectors.h"

/// Queries that meet some keys at once: so many blocks are summed before sums are stored.
#define QUERY_BLOCKS 4
#define KEY_BLOCKS (TILE_KEYS / TILE_BLOCK)

// What all keys need of the queries and all queries of the keys, packed.
typedef struct {
  ptrdiff_t queryBlocks, keyBlocks, width, valueWidth, steps, valueSteps;
  uint16_t *k, *v, *turnedKeys;     // [keys/32][steps], [keys/32][valueSteps], [steps][keys/32] blocks
  uint16_t *q, *dy;                 // strips of 32 queries, [queries/32][steps] blocks
  uint16_t *queryRows, *slopeRows;  // strips of channels, [steps][queries/32] blocks
  float *logTotals, *slopes;        // of each query: those given, and D
} KERNEL(Packed);

// Rows of brain floats as strips of their columns, [⌈columns/32⌉][⌈rows/32⌉] blocks.
static void KERNEL(stripsOfRows)(const uint16_t *x, ptrdiff_t stride, ptrdiff_t rows,
                                 ptrdiff_t columns, uint16_t *y) {
  for (ptrdiff_t c = 0; c < tileBlocks(columns) * TILE_BLOCK; c += 16) {
    KERNEL(halfStripOfRows)(x + c, stride, rows, columns - c,
                            y + c / TILE_BLOCK * tileBlocks(rows) * TILE_BLOCK * TILE_BLOCK
                                + c % TILE_BLOCK * TILE_BLOCK);
  }
}

static void KERNEL(turnedStrips)(const uint16_t *x, ptrdiff_t stride, ptrdiff_t rows,
                                 ptrdiff_t columns, uint16_t *y) {
  for (ptrdiff_t r = 0; r < rows; r += TILE_BLOCK, y += tileBlocks(columns) * TILE_BLOCK * TILE_BLOCK) {
    KERNEL(turnQueries)(x + r * stride, stride, KERNEL(least)(rows - r, TILE_BLOCK), columns, y);
  }
}

// P and dS of 32 keys and 32 queries: rows of both, and strips of dS.
INLINE void KERNEL(slopes)(const float *scores, const float *products, const float *logTotals,
                           const float *means, float scale, uint16_t *weightRows, uint16_t *slopeRows,
                           uint16_t *slopeStrip) {
  Floats total[2], mean[2];
  for (int h = 0; h < 2; h++) {
    total[h] = -*(const LooseFloats *)(logTotals + 16 * h);
    mean[h] = *(const LooseFloats *)(means + 16 * h);
  }
  for (ptrdiff_t key = 0; key < TILE_BLOCK; key += 2) {
    Floats p[2][2], ds[2][2];
    for (int i = 0; i < 2; i++) {
      const ptrdiff_t at = (key + i) / 16 * 512 + (key + i) % 16 * 16;
      for (int h = 0; h < 2; h++) {
        const Floats score = *(const Floats *)(scores + at + 256 * h);
        p[i][h] = KERNEL(roughPowerOfTwo)(KERNEL(fused)(score, KERNEL(all)(scale), total[h]));
        ds[i][h] = p[i][h] * (*(const Floats *)(products + at + 256 * h) - mean[h]);
      }
      KERNEL(split)(p[i][0], p[i][1], 1, weightRows + (key + i) * TILE_BLOCK, 0, 0);
      KERNEL(split)(ds[i][0], ds[i][1], 1, slopeRows + (key + i) * TILE_BLOCK, 0, 0);
    }
    for (int h = 0; h < 2; h++) {
      KERNEL(split)(ds[0][h], ds[1][h], 1, slopeStrip + h * 512 + key / 2 * TILE_BLOCK, 0, 1);
    }
  }
}

// Some keys and some queries: adds to dk and dv, [key block][steps] sums, and dq, [query block][steps].
static void KERNEL(meet)(const KERNEL(Packed) *packed, ptrdiff_t firstKey, ptrdiff_t firstQuery,
                         float scale, float *dk, float *dv, float *dq, float *scratch) {
  const ptrdiff_t size = TILE_BLOCK * TILE_BLOCK;
  const ptrdiff_t keys = KERNEL(least)(KEY_BLOCKS, packed->keyBlocks - firstKey);
  const ptrdiff_t queries = KERNEL(least)(QUERY_BLOCKS, packed->queryBlocks - firstQuery);
  float *const scores = scratch, *const products = scores + KEY_BLOCKS * size;
  uint16_t *const weightRows = (uint16_t *)(products + KEY_BLOCKS * size);  // [key][query] blocks
  uint16_t *const slopeRows = weightRows + KEY_BLOCKS * QUERY_BLOCKS * size;
  uint16_t *const slopeStrips = slopeRows + KEY_BLOCKS * QUERY_BLOCKS * size;  // [query][key]
  for (ptrdiff_t j = 0; j < queries; j++) {
    const ptrdiff_t query = firstQuery + j;
    for (ptrdiff_t i = 0; i < keys; i++) {
      KERNEL(sumTiles)(packed->k + (firstKey + i) * packed->steps * size,
                       packed->q + query * packed->steps * size, packed->steps, 1, 1, 0,
                       scores + i * size);
      KERNEL(sumTiles)(packed->v + (firstKey + i) * packed->valueSteps * size,
                       packed->dy + query * packed->valueSteps * size, packed->valueSteps, 1, 1, 0,
                       products + i * size);
    }
    for (ptrdiff_t i = 0; i < keys; i++) {
      const ptrdiff_t place = (i * QUERY_BLOCKS + j) * size;
      KERNEL(slopes)(scores + i * size, products + i * size, packed->logTotals + query * TILE_BLOCK,
                     packed->slopes + query * TILE_BLOCK, scale, weightRows + place,
                     slopeRows + place, slopeStrips + (j * KEY_BLOCKS + i) * size);
    }
    for (ptrdiff_t d = 0; d < packed->steps; d++) {
      KERNEL(sumChannelRows)(packed->turnedKeys + (d * packed->keyBlocks + firstKey) * size,
                             slopeStrips + j * KEY_BLOCKS * size, keys,
                             packed->width - d * TILE_BLOCK, 1,
                             dq + (query * packed->steps + d) * size);
    }
  }
  for (ptrdiff_t i = 0; i < keys; i++) {
    for (ptrdiff_t e = 0; e < packed->valueSteps; e++) {
      KERNEL(sumChannelColumns)(weightRows + i * QUERY_BLOCKS * size,
                                packed->slopeRows + (e * packed->queryBlocks + firstQuery) * size,
                                queries, packed->valueWidth - e * TILE_BLOCK, 1,
                                dv + (i * packed->valueSteps + e) * size);
    }
    for (ptrdiff_t d = 0; d < packed->steps; d++) {
      KERNEL(sumChannelColumns)(slopeRows + i * QUERY_BLOCKS * size,
                                packed->queryRows + (d * packed->queryBlocks + firstQuery) * size,
                                queries, packed->width - d * TILE_BLOCK, 1,
                                dk + (i * packed->steps + d) * size);
    }
  }
}

// Sums of rows, [row blocks][column blocks] of four tiles, to rows of a matrix.
INLINE void KERNEL(writeRows)(const float *sums, ptrdiff_t rows, ptrdiff_t columns, float scale,
                              float *y, ptrdiff_t stride) {
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t c = 0; c < columns; c += 16) {
      const float *const tile = sums + (r / TILE_BLOCK * tileBlocks(columns) + c / TILE_BLOCK) * 1024
                                + r % TILE_BLOCK / 16 * 512 + c % TILE_BLOCK / 16 * 256;
      const Floats row = *(const Floats *)(tile + r % 16 * 16) * scale;
      if (columns - c < 16) storeFirst(y + r * stride + c, row, columns - c);
      else *(LooseFloats *)(y + r * stride + c) = row;
    }
  }
}

// The same of sums whose rows are the matrix's columns.
static void KERNEL(writeTurned)(float *sums, ptrdiff_t rows, ptrdiff_t columns, float scale, float *y,
                                ptrdiff_t stride) {
  for (ptrdiff_t c = 0; c < columns; c += 16) {
    for (ptrdiff_t half = 0; half < 2; half++) {
      Floats *const tile = (Floats *)(sums + c / 16 * 512 + half * 256);
      KERNEL(turn)((Words *)tile);
      for (ptrdiff_t i = 0; i < 16 && 16 * half + i < rows; i++) {
        const Floats row = tile[i] * scale;
        float *const to = y + (16 * half + i) * stride + c;
        if (columns - c < 16) storeFirst(to, row, columns - c);
        else *(LooseFloats *)to = row;
      }
    }
  }
}

static void KERNEL(attentionGradient)(const TileAttentionGradient *a, float *scratch) {
  const ptrdiff_t size = TILE_BLOCK * TILE_BLOCK, width = a->width, valueWidth = a->valueWidth;
  KERNEL(Packed) packed = {.queryBlocks = tileBlocks(a->queries), .keyBlocks = tileBlocks(a->keys),
                           .width = width, .valueWidth = valueWidth,
                           .steps = tileBlocks(width), .valueSteps = tileBlocks(valueWidth)};
  uint16_t *next = (uint16_t *)scratch;
#define TAKE(blocks) (next += (blocks) * size, next - (blocks) * size)
  packed.k = TAKE(packed.keyBlocks * packed.steps);
  packed.v = TAKE(packed.keyBlocks * packed.valueSteps);
  packed.turnedKeys = TAKE(packed.keyBlocks * packed.steps);
  packed.q = TAKE(packed.queryBlocks * packed.steps);
  packed.dy = TAKE(packed.queryBlocks * packed.valueSteps);
  packed.queryRows = TAKE(packed.queryBlocks * packed.steps);
  packed.slopeRows = TAKE(packed.queryBlocks * packed.valueSteps);
  uint16_t *const rounded = TAKE(packed.queryBlocks * packed.valueSteps);
  const ptrdiff_t roundedStride = packed.valueSteps * TILE_BLOCK;
#undef TAKE
  float *sums = (float *)next;
  packed.logTotals = sums;
  packed.slopes = packed.logTotals + packed.queryBlocks * TILE_BLOCK;
  float *const dq = packed.slopes + packed.queryBlocks * TILE_BLOCK;
  float *const dk = dq + packed.queryBlocks * packed.steps * size;
  float *const dv = dk + KEY_BLOCKS * packed.steps * size;
  float *const space = dv + KEY_BLOCKS * packed.valueSteps * size;

  KERNEL(packKeys)(a->k, a->keyStride, a->keys, width, packed.k);
  KERNEL(packKeys)(a->v, a->valueStride, a->keys, valueWidth, packed.v);
  KERNEL(packValues)(a->k, a->keyStride, a->keys, width, packed.turnedKeys);
  KERNEL(turnedStrips)(a->q, a->queryStride, a->queries, width, packed.q);
  KERNEL(stripsOfRows)(a->q, a->queryStride, a->queries, width, packed.queryRows);
  KERNEL(round)(a->dy, a->resultStride, a->queries, valueWidth, 1, rounded, roundedStride, 0);
  KERNEL(turnedStrips)(rounded, roundedStride, a->queries, valueWidth, packed.dy);
  KERNEL(stripsOfRows)(rounded, roundedStride, a->queries, valueWidth, packed.slopeRows);
  for (ptrdiff_t r = 0; r < packed.queryBlocks * TILE_BLOCK; r++) {
    const int isThere = r < a->queries;
    float mean = 0;
    for (ptrdiff_t c = 0; isThere && c < valueWidth; c++) {
      mean += a->dy[r * a->resultStride + c] * a->y[r * a->resultStride + c];
    }
    packed.slopes[r] = mean;
    packed.logTotals[r] = isThere ? a->logTotals[r] : 1e30f;  // weighs nothing
  }

  memset(dq, 0, (size_t)(packed.queryBlocks * packed.steps * size) * sizeof(float));
  enterTiles();
  for (ptrdiff_t key = 0; key < packed.keyBlocks; key += KEY_BLOCKS) {
    memset(dk, 0, (size_t)(KEY_BLOCKS * packed.steps * size) * sizeof(float));
    memset(dv, 0, (size_t)(KEY_BLOCKS * packed.valueSteps * size) * sizeof(float));
    for (ptrdiff_t query = 0; query < packed.queryBlocks; query += QUERY_BLOCKS) {
      KERNEL(meet)(&packed, key, query, 1.44269504f * a->scale, dk, dv, dq, space);
    }
    const ptrdiff_t first = key * TILE_BLOCK, rows = KERNEL(least)(a->keys - first, TILE_KEYS);
    KERNEL(writeRows)(dk, rows, width, a->scale, a->dk + first * a->gradientStride, a->gradientStride);
    KERNEL(writeRows)(dv, rows, valueWidth, 1, a->dv + first * a->resultStride, a->resultStride);
  }
  leaveTiles();
  for (ptrdiff_t block = 0; block < packed.queryBlocks; block++) {
    KERNEL(writeTurned)(dq + block * packed.steps * size,
                        KERNEL(least)(a->queries - block * TILE_BLOCK, TILE_BLOCK), width, a->scale,
                        a->dq + block * TILE_BLOCK * a->gradientStride, a->gradientStride);
  }
}

#undef KEY_BLOCKS
#undef QUERY_BLOCKS

#endif
