// Attention in one pass (Dao et al., arXiv:2205.14135): a block of queries visits the keys a block
// at a time; neither scores nor weights ever leave the cache.
//
// Everything is turned, queries along the lanes: scores are [key][query], results [channel][query].
// The softmax over the keys then runs down the lanes and needs no sum across them, and both products
// are tiles of registers (products.c).
#ifndef FAMILY_ATTENTION
#define FAMILY_ATTENTION

#include "products.c"
#include "square.c"
#include "vector.h"

INLINE Vector KERNEL(select)(Bits first, Vector a, Vector b) {
  return (Vector)((first & (Bits)a) | (~first & (Bits)b));
}

// 2ˣ for x ≤ 0 within 2 ULP: x = n + r, a polynomial in r fitted at Chebyshev nodes, 2ⁿ by its bits as in
// `exp1`. NaN stays NaN, which `__builtin_elementwise_max` would take for the smaller.
INLINE Vector KERNEL(powerOfTwo)(Vector x) {
  const Vector least = (Vector){0} - 126.0f;
  x = KERNEL(select)(x < least, least, x);
  const Vector n = __builtin_elementwise_rint(x), r = x - n;
  Vector p = r * 1.5461447e-4f + 1.3390867e-3f;
  p = r * p + 9.6180567e-3f;
  p = r * p + 5.5503571e-2f;
  p = r * p + 2.4022651e-1f;
  p = r * p + 6.9314719e-1f;
  p = r * p + 1.0f;
  return p * (Vector)((Bits)(n + (12582912.0f + 127.0f)) << 23);
}

// Scores of a block of keys become weights relative to the largest score so far; `factor` is what
// sums over earlier blocks are to be multiplied by.
INLINE void KERNEL(attentionWeights)(Vector *scores, ptrdiff_t keys, Vector *largest, Vector *total,
                                     Vector *factor) {
  for (int v = 0; v < VECTORS; v++) factor[v] = largest[v];
  for (ptrdiff_t j = 0; j < keys; j++) {
    for (int v = 0; v < VECTORS; v++) {
      // Only the first is asked whether it is a number: not the one that the next step waits for.
      largest[v] = __builtin_elementwise_max(scores[j * VECTORS + v], largest[v]);
    }
  }
  for (int v = 0; v < VECTORS; v++) {
    factor[v] = KERNEL(powerOfTwo)(factor[v] - largest[v]);
    total[v] *= factor[v];
  }
  for (ptrdiff_t j = 0; j < keys; j++) {
    for (int v = 0; v < VECTORS; v++) {
      Vector *weight = scores + j * VECTORS + v;
      *weight = KERNEL(powerOfTwo)(*weight - largest[v]);
      total[v] += *weight;
    }
  }
}

// Rows times `factor`, padded with zeros to COLUMNS of whole squares, and the same as columns.
INLINE void KERNEL(turn)(const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t width,
                         float factor, float *padded, float *turned) {
  const ptrdiff_t side = panelWidth(width);
  for (ptrdiff_t r = 0; r < COLUMNS; r++) {
    for (ptrdiff_t c = 0; c < width + LINE; c += LINE) {  // the next block's
      __builtin_prefetch(x + (r + COLUMNS) * stride + c);
    }
    for (ptrdiff_t c = 0; c < side; c++) {
      padded[r * side + c] = r < rows && c < width ? factor * x[r * stride + c] : 0;
    }
  }
  KERNEL(transpose)(padded, COLUMNS, side, turned);
}

// From columns of COLUMNS, through `padded`.
INLINE void KERNEL(turnBack)(const float *turned, ptrdiff_t rows, ptrdiff_t width, float *padded,
                             float factor, float *y, ptrdiff_t stride) {
  const ptrdiff_t side = panelWidth(width);
  KERNEL(transpose)(turned, side, COLUMNS, padded);
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t c = 0; c < width; c++) y[r * stride + c] = factor * padded[r * side + c];
  }
}

// Scores start from here. A query whose scores are all infinitely low has no largest.
#define LEAST_SCORE -3e38f

// Sums of weights; NaN, as of anything that is not finite, where no score was above the least.
INLINE Vector KERNEL(attentionTotal)(Vector largest, Vector total) {
  return KERNEL(select)(largest > LEAST_SCORE, total, (Vector){0} + __builtin_nanf(""));
}

// Overwrites what a block of queries doesn't see of some keys, where the first sees those before
// `visible` and each next one sees one more.
INLINE void KERNEL(hide)(float *scores, ptrdiff_t first, ptrdiff_t count, ptrdiff_t visible,
                         float value) {
  for (ptrdiff_t j = visible > first ? visible - first : 0; j < count; j++) {
    const ptrdiff_t blind = first + j - visible + 1;
    for (ptrdiff_t r = 0; r < blind && r < COLUMNS; r++) scores[j * COLUMNS + r] = value;
  }
}

// Of `keys`, those that any of some queries sees.
INLINE ptrdiff_t KERNEL(seenKeys)(ptrdiff_t keys, ptrdiff_t visible, ptrdiff_t queries) {
  return keys - visible < queries - 1 ? keys : visible + queries - 1;
}

// Queries from some on, at most COLUMNS of them.
static void KERNEL(attentionBlock)(const HeadAttention *head, ptrdiff_t from, float *scratch) {
  const ptrdiff_t queries = head->queries - from < COLUMNS ? head->queries - from : COLUMNS;
  const ptrdiff_t visible = head->visible + from;
  const ptrdiff_t keys = KERNEL(seenKeys)(head->keys, visible, queries);
  const ptrdiff_t width = head->width, valueWidth = head->valueWidth;
  const float *const k = head->k, *const v = head->v;
  const ptrdiff_t keyStride = head->keyStride, valueStride = head->valueStride;
  float *const logTotals = head->logTotals ? head->logTotals + from : NULL;
  float *scores = scratch, *turned = scores + ATTENTION_KEYS * COLUMNS;
  float *sums = turned + panelWidth(width) * COLUMNS;
  float *padded = sums + panelWidth(valueWidth) * COLUMNS;
  Vector largest[VECTORS], total[VECTORS] = {{0}}, factor[VECTORS];
  for (int i = 0; i < VECTORS; i++) largest[i] = (Vector){0} + LEAST_SCORE;
  // 2ˣ needs scores in units of ln 2
  KERNEL(turn)(head->q + from * head->queryStride, head->queryStride, queries, width,
               1.44269504f * head->scale, padded, turned);
  for (ptrdiff_t first = 0; first < keys; first += ATTENTION_KEYS) {
    const ptrdiff_t count = keys - first < ATTENTION_KEYS ? keys - first : ATTENTION_KEYS;
    KERNEL(tiles)(k + first * keyStride, keyStride, 1, count, width, turned, COLUMNS, VECTORS,
                  NULL, 0, scores, COLUMNS);
    KERNEL(hide)(scores, first, count, visible, LEAST_SCORE);
    KERNEL(attentionWeights)((Vector *)scores, count, largest, total, factor);
    KERNEL(hide)(scores, first, count, visible, 0);
    for (ptrdiff_t i = 0; first > 0 && i < valueWidth * VECTORS; i++) {
      ((Vector *)sums)[i] *= factor[i % VECTORS];
    }
    KERNEL(tiles)(v + first * valueStride, 1, valueStride, valueWidth, count, scores, COLUMNS,
                  VECTORS, NULL, first > 0, sums, COLUMNS);
  }
  for (int i = 0; i < VECTORS; i++) total[i] = KERNEL(attentionTotal)(largest[i], total[i]);
  for (ptrdiff_t r = 0; logTotals && r < queries; r++) {
    logTotals[r] = ((const float *)largest)[r] + __builtin_log2f(((const float *)total)[r]);
  }
  for (int i = 0; i < VECTORS; i++) total[i] = 1.0f / total[i];
  for (ptrdiff_t i = 0; i < valueWidth * VECTORS; i++) ((Vector *)sums)[i] *= total[i % VECTORS];
  KERNEL(turnBack)(sums, queries, valueWidth, padded, 1, head->y + from * head->resultStride,
                   head->resultStride);
}

static void KERNEL(attention)(const HeadAttention *head, float *scratch) {
  for (ptrdiff_t r = 0; r < head->queries; r += COLUMNS) {
    KERNEL(attentionBlock)(head, r, scratch);
  }
}

#endif
