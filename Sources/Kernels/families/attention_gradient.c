// The gradient of attention: a block of queries visits the keys a block at a time, queries along the
// lanes as in attention.c, and nothing of queries × keys leaves the cache. With the weights P, made again
// from the logarithms that the forward pass kept of their sums,
//   dS = P (dP − D),  D = Σ_j P dP = Σ_c y dy   (Dao et al., arXiv:2205.14135, appendix B.2).
// Besides the power this takes one operation a number: the products that make scores and dP take off the
// logarithm and D. Of the five products three are tiles of registers as there; the two that sum over
// queries have rows as short as a head is wide: `rowSums`.
#ifndef FAMILY_ATTENTION_GRADIENT
#define FAMILY_ATTENTION_GRADIENT

#include "attention.c"
#include "products.c"
#include "vector.h"

// y[i] += Σ_l a[i · COLUMNS + l] · b[l], of a head's width in whole vectors.
INLINE void KERNEL(rowSums)(const float *a, ptrdiff_t rows, const float *b, ptrdiff_t width,
                            float *y) {
  const PanelProduct product = {
      .a = a, .aStride = COLUMNS, .rows = rows, .count = COLUMNS, .b = b,
      .bStride = panelWidth(width), .columns = (width + LANES - 1) / LANES * LANES, .adds = true,
      .y = y, .yStride = panelWidth(width)};
  KERNEL(panelProduct)(&product);
}

// From logarithms to weights, and from dP − D to slopes.
INLINE void KERNEL(attentionSlopes)(Vector *scores, Vector *slopes, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    scores[i] = KERNEL(powerOfTwo)(scores[i]);
    slopes[i] *= scores[i];
  }
}

static void KERNEL(attentionGradient)(const HeadAttentionGradient *head, float *scratch) {
  const float *const k = head->k, *const v = head->v;
  const ptrdiff_t stride = head->stride, valueStride = head->valueStride;
  const ptrdiff_t queries = head->queries, keys = head->keys;
  const ptrdiff_t width = head->width, valueWidth = head->valueWidth;
  const float scale = head->scale;
  float *const dk = head->dk, *const dv = head->dv;
  const ptrdiff_t side = panelWidth(width), valueSide = panelWidth(valueWidth);
  float *turnedQ = scratch, *rowsQ = turnedQ + side * COLUMNS;
  float *turnedY = rowsQ + side * COLUMNS, *rowsY = turnedY + valueSide * COLUMNS;
  float *turnedResult = rowsY + valueSide * COLUMNS;
  float *weights = turnedResult + side * COLUMNS, *slopes = weights + ATTENTION_KEYS * COLUMNS;
  float *sumsK = slopes + ATTENTION_KEYS * COLUMNS, *sumsV = sumsK + keys * side;
  for (ptrdiff_t i = 0; i < keys * side; i++) sumsK[i] = 0;
  for (ptrdiff_t i = 0; i < keys * valueSide; i++) sumsV[i] = 0;
  for (ptrdiff_t first = 0; first < queries; first += COLUMNS) {
    const ptrdiff_t count = queries - first < COLUMNS ? queries - first : COLUMNS;
    const ptrdiff_t visible = head->visible + first;
    const ptrdiff_t seen = KERNEL(seenKeys)(keys, visible, count);
    float lessTotal[COLUMNS] = {0}, lessMean[COLUMNS] = {0};
    KERNEL(turn)(head->q + first * stride, stride, count, width, 1.44269504f * scale, rowsQ,
                 turnedQ);
    KERNEL(turn)(head->dy + first * valueStride, valueStride, count, valueWidth, 1, rowsY,
                 turnedY);
    for (ptrdiff_t r = 0; r < count; r++) {
      lessTotal[r] = -head->logTotals[first + r];
      const float *const row = head->y + (first + r) * valueStride;
      for (ptrdiff_t c = 0; c < valueWidth; c++) lessMean[r] -= row[c] * rowsY[r * valueSide + c];
    }
    for (ptrdiff_t start = 0; start < seen; start += ATTENTION_KEYS) {
      const ptrdiff_t some = seen - start < ATTENTION_KEYS ? seen - start : ATTENTION_KEYS;
      KERNEL(tiles)(k + start * stride, stride, 1, some, width, turnedQ, COLUMNS, VECTORS,
                    lessTotal, 0, weights, COLUMNS);
      KERNEL(tiles)(v + start * valueStride, valueStride, 1, some, valueWidth, turnedY, COLUMNS,
                    VECTORS, lessMean, 0, slopes, COLUMNS);
      KERNEL(hide)(weights, start, some, visible, LEAST_SCORE);
      KERNEL(attentionSlopes)((Vector *)weights, (Vector *)slopes, some * VECTORS);
      KERNEL(hide)(weights, start, some, visible, 0);
      KERNEL(hide)(slopes, start, some, visible, 0);
      // dV += Pᵀ dY, dK += dSᵀ Q, dQ = dS K
      KERNEL(rowSums)(weights, some, rowsY, valueWidth, sumsV + start * valueSide);
      KERNEL(rowSums)(slopes, some, rowsQ, width, sumsK + start * side);
      KERNEL(tiles)(k + start * stride, 1, stride, width, some, slopes, COLUMNS, VECTORS, NULL,
                    start > 0, turnedResult, COLUMNS);
    }
    KERNEL(turnBack)(turnedResult, count, width, rowsQ, scale, head->dq + first * stride,
                     stride);
  }
  for (ptrdiff_t j = 0; j < keys; j++) {
    for (ptrdiff_t c = 0; c < width; c++) {  // the queries' units of ln 2 taken off again
      dk[j * stride + c] = 0.69314718f * sumsK[j * side + c];
    }
    memcpy(dv + j * valueStride, sumsV + j * valueSide, (size_t)valueWidth * sizeof(float));
  }
}

#endif
