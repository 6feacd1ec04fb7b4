// Attention in one pass over the keys (Dao et al., arXiv:2205.14135), 32 queries at a time.
//
// Scores are [key][query] and results [channel][query]: the softmax runs down the lanes, and two keys'
// weights are the pairs that the second product wants. Keys and values are packed once a head.
#ifndef TILES_ATTENTION
#define TILES_ATTENTION

#include "instructions.h"
#include "mathematics.c"
#include "pack.c"
#include "vectors.h"

static void KERNEL(packKeys)(const uint16_t *k, ptrdiff_t stride, ptrdiff_t keys, ptrdiff_t width,
                             uint16_t *y) {
  for (ptrdiff_t key = 0; key < keys; key += TILE_BLOCK) {
    for (ptrdiff_t c = 0; c < width; c += TILE_BLOCK) {
      for (ptrdiff_t i = key; i < key + TILE_BLOCK; i++, y += TILE_BLOCK) {
        *(LooseBrains *)y = KERNEL(loadBrains)(k + i * stride + c, i < keys ? width - c : 0);
      }
    }
  }
}

static void KERNEL(packValues)(const uint16_t *v, ptrdiff_t stride, ptrdiff_t keys, ptrdiff_t width,
                               uint16_t *y) {
  for (ptrdiff_t c = 0; c < tileBlocks(width) * TILE_BLOCK; c += 16) {
    for (ptrdiff_t key = 0; key < keys; key += TILE_BLOCK) {
      Words rows[16];
      KERNEL(rowPairs)(v + key * stride + c, stride, keys - key, width - c, rows);
      KERNEL(turn)(rows);
      memcpy(y + (c / TILE_BLOCK * tileBlocks(keys) + key / TILE_BLOCK) * TILE_BLOCK * TILE_BLOCK
                 + c % TILE_BLOCK / 16 * 512, rows, sizeof rows);
    }
  }
}

// At most 32 queries to a strip of them.
INLINE void KERNEL(turnQueries)(const uint16_t *q, ptrdiff_t stride, ptrdiff_t queries,
                                ptrdiff_t width, uint16_t *y) {
  for (ptrdiff_t c = 0; c < width; c += TILE_BLOCK) {
    for (ptrdiff_t half = 0; half < TILE_BLOCK; half += 16, y += 16 * TILE_BLOCK) {
      Words rows[16];
      for (ptrdiff_t i = 0; i < 16; i++) {
        const ptrdiff_t row = half + i;
        rows[i] = (Words)KERNEL(loadBrains)(q + row * stride + c, row < queries ? width - c : 0);
      }
      KERNEL(turn)(rows);
      memcpy(y, rows, sizeof rows);
    }
  }
}

// Two numbers ≥ 0 as a pair of brain floats; to nearest, ties away from zero.
INLINE Words KERNEL(weightPair)(Floats first, Floats second) {
  const Words low = (Words)first + 0x8000, high = (Words)second + 0x8000;
  return (low >> 16) | (high & 0xFFFF0000);
}

// Sums of 32 × 32 over some blocks that follow each other, of zero or of what is there; of 16 rows or 16
// columns only where it is not tall or not wide. a: [steps][32 rows][32], b: [steps] of a strip
INLINE void KERNEL(sumTiles)(const uint16_t *a, const uint16_t *b, ptrdiff_t steps, int tall, int wide,
                             int adds, float *sums) {
  const ptrdiff_t block = TILE_BLOCK * TILE_BLOCK;
  if (adds) {
    tileLoad(0, sums, 64);
    if (wide) tileLoad(1, sums + 256, 64);
    if (tall) tileLoad(2, sums + 512, 64);
    if (tall && wide) tileLoad(3, sums + 768, 64);
  } else {
    tileZero(0);
    tileZero(1);
    tileZero(2);
    tileZero(3);
  }
  for (ptrdiff_t k = 0; k < steps; k++, a += block, b += block) {
    tileStream(4, a, 64);
    tileLoad(6, b, 64);
    tileMultiply(0, 4, 6);
    if (wide) {
      tileLoad(7, b + 512, 64);
      tileMultiply(1, 4, 7);
    }
    if (tall) {
      tileStream(5, a + 512, 64);
      tileMultiply(2, 5, 6);
      if (wide) tileMultiply(3, 5, 7);
    }
  }
  tileStore(0, sums, 64);
  if (wide) tileStore(1, sums + 256, 64);
  if (tall) tileStore(2, sums + 512, 64);
  if (tall && wide) tileStore(3, sums + 768, 64);
}

// The same where rows, or columns, are the channels from some block on.
INLINE void KERNEL(sumChannelRows)(const uint16_t *a, const uint16_t *b, ptrdiff_t steps,
                                   ptrdiff_t channelsLeft, int adds, float *sums) {
  if (channelsLeft > 16) KERNEL(sumTiles)(a, b, steps, 1, 1, adds, sums);
  else KERNEL(sumTiles)(a, b, steps, 0, 1, adds, sums);
}

INLINE void KERNEL(sumChannelColumns)(const uint16_t *a, const uint16_t *b, ptrdiff_t steps,
                                      ptrdiff_t channelsLeft, int adds, float *sums) {
  if (channelsLeft > 16) KERNEL(sumTiles)(a, b, steps, 1, 1, adds, sums);
  else KERNEL(sumTiles)(a, b, steps, 1, 0, adds, sums);
}

#define LEAST_SCORE -1e30f

typedef struct {
  Floats largest[2], total[2];  // largest: of the scores as they are
} KERNEL(Softmax);

// Scores of some keys become weights 2^(scale · (score − largest)), in strips; `factor` brings sums of
// keys before in line.
INLINE void KERNEL(weights)(float *scores, ptrdiff_t keys, float scale, KERNEL(Softmax) *softmax,
                            Floats factor[2], uint16_t *strips) {
#define SCORE(key, half) ((Floats *)(scores + (key) / 16 * 512 + (key) % 16 * 16 + (half) * 256))
  const ptrdiff_t whole = tileBlocks(keys) * TILE_BLOCK;
  for (ptrdiff_t key = keys; key < whole; key++) {
    // They weigh nothing, even where all others do: a total of zero then leaves NaN.
    for (int h = 0; h < 2; h++) *SCORE(key, h) = KERNEL(all)(10 * LEAST_SCORE);
  }
  Floats most[4][2];  // of every fourth key: chains that do not wait for each other
  for (int i = 0; i < 4; i++) memcpy(most[i], softmax->largest, sizeof most[i]);
  for (ptrdiff_t key = 0; key < whole; key += 4) {
    for (int i = 0; i < 4; i++) {
      for (int h = 0; h < 2; h++) most[i][h] = KERNEL(larger)(*SCORE(key + i, h), most[i][h]);
    }
  }
  Floats total[2];
  const Floats scales = KERNEL(all)(scale);
  for (int h = 0; h < 2; h++) {
    const Floats largest = KERNEL(larger)(KERNEL(larger)(most[0][h], most[1][h]),
                                          KERNEL(larger)(most[2][h], most[3][h]));
    const Words same = (Words)(softmax->largest[h] == largest);
    const Floats power = KERNEL(roughPowerOfTwo)((softmax->largest[h] - largest) * scales);
    factor[h] = (Floats)((same & (Words)KERNEL(all)(1)) | (~same & (Words)power));
    total[h] = softmax->total[h] * factor[h];
    softmax->largest[h] = largest;
  }
#define WEIGHT(key, h) \
  KERNEL(roughPowerOfTwo)((*SCORE(key, h) - softmax->largest[h]) * scales)
  for (ptrdiff_t key = 0; key < whole; key += 2) {
    for (int h = 0; h < 2; h++) {
      const Floats first = WEIGHT(key, h), second = WEIGHT(key + 1, h);
      total[h] += first + second;
      *(Words *)(strips + key / TILE_BLOCK * TILE_BLOCK * TILE_BLOCK + h * 512
                 + key % TILE_BLOCK / 2 * TILE_BLOCK) = KERNEL(weightPair)(first, second);
    }
  }
  for (int h = 0; h < 2; h++) softmax->total[h] = total[h];
#undef WEIGHT
#undef SCORE
}

// Writes what was summed, [channel][query], over each query's total.
INLINE void KERNEL(writeMeans)(float *sums, const Floats total[2], ptrdiff_t queries,
                               ptrdiff_t valueWidth, float *y, uint16_t *rounded, ptrdiff_t stride) {
  for (ptrdiff_t h = 0; h < 2; h++) {
    const Floats inverse = 1.0f / total[h];
    for (ptrdiff_t c = 0; c < valueWidth; c += 16) {
      Floats *const tile = (Floats *)(sums + c / 16 * 512 + h * 256);
      for (ptrdiff_t i = 0; i < 16; i++) tile[i] *= inverse;
      KERNEL(turn)((Words *)tile);
      const ptrdiff_t some = valueWidth - c;
      for (ptrdiff_t i = 0; i < 16 && 16 * h + i < queries; i++) {
        const ptrdiff_t at = (16 * h + i) * stride + c;
        if (rounded) {
          const Brains row = roundToBrains(tile[i], (Floats){0});
          memcpy(rounded + at, &row, (size_t)KERNEL(least)(some, 16) * sizeof(uint16_t));
        } else if (some < 16) {
          storeFirst(y + at, tile[i], some);
        } else {
          *(LooseFloats *)(y + at) = tile[i];
        }
      }
    }
  }
}

static void KERNEL(attention)(const TileAttention *head, float *scratch) {
  const ptrdiff_t queries = head->queries, keys = head->keys;
  const ptrdiff_t width = head->width, valueWidth = head->valueWidth;
  const uint16_t *const k = head->k, *const v = head->v;
  const float scale = head->scale;
  float *const logTotals = head->logTotals;
  const ptrdiff_t steps = tileBlocks(width), keySteps = tileBlocks(keys);
  const ptrdiff_t size = TILE_BLOCK * TILE_BLOCK, blocks = tileBlocks(valueWidth);
  float *const scores = scratch, *const sums = scores + TILE_KEYS * TILE_BLOCK;
  uint16_t *const turned = (uint16_t *)(sums + blocks * size), *const strips = turned + 2 * steps * size;
  enterTiles();
  KERNEL(turnQueries)(head->q, head->queryStride, queries, width, turned);
  KERNEL(Softmax) softmax = {.largest = {KERNEL(all)(LEAST_SCORE), KERNEL(all)(LEAST_SCORE)}};
  for (ptrdiff_t first = 0; first < keys; first += TILE_KEYS) {
    const ptrdiff_t count = KERNEL(least)(TILE_KEYS, keys - first);
    const Floats same[2] = {KERNEL(all)(1), KERNEL(all)(1)};
    Floats factor[2];
    for (ptrdiff_t b = 0; b < tileBlocks(count); b++) {
      KERNEL(sumTiles)(k + (first / TILE_BLOCK + b) * steps * size, turned, steps, 1, 1, 0,
                       scores + b * size);
    }
    KERNEL(weights)(scores, count, 1.44269504f * scale, &softmax, factor, strips);
    const int differs = first > 0 && memcmp(factor, same, sizeof same) != 0;
    for (ptrdiff_t i = 0; differs && i < blocks * size; i += 16) {
      *(Floats *)(sums + i) *= factor[i / 256 % 2];
    }
    for (ptrdiff_t b = 0; b < blocks; b++) {
      const uint16_t *const from = v + (b * keySteps + first / TILE_BLOCK) * size;
      KERNEL(sumChannelRows)(from, strips, tileBlocks(count), valueWidth - b * TILE_BLOCK, first > 0,
                             sums + b * size);
    }
  }
  leaveTiles();
  for (ptrdiff_t i = 0; logTotals && i < queries; i++) {
    const float largest = ((const float *)softmax.largest)[i];
    logTotals[i] = 1.44269504f * scale * largest + log2f(((const float *)softmax.total)[i]);
  }
  KERNEL(writeMeans)(sums, softmax.total, queries, valueWidth, head->y, head->rounded,
                     head->resultStride);
}

#undef LEAST_SCORE

#endif
