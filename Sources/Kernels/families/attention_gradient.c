// The gradient of attention: a block of queries visits the keys a block at a time, queries along the
// lanes as in attention.c, and nothing of queries × keys leaves the cache. With the weights P, made again
// from what the forward pass kept of its softmax,
//   dS = P (dP − D),  D = Σ_j P dP = Σ_c y dy   (Dao et al., arXiv:2205.14135, appendix B.2).
// Besides the power this takes one operation a number: rows of dy are divided by their query's sum of
// weights before, and the products that make scores and dP take off the largest score and D. Of the five
// products three are tiles of registers as there; the two that sum over queries have rows as short as a
// head is wide: `rowSums`.

// y[i] += Σ_l a[i · COLUMNS + l] · b[l], of a head's width in whole vectors.
INLINE void KERNEL(rowSums)(const float *a, ptrdiff_t rows, const float *b, ptrdiff_t width,
                            float *y) {
  KERNEL(panelProduct)(a, COLUMNS, 0, rows, COLUMNS, b, PANEL_WIDTH(width),
                       (width + LANES - 1) / LANES * LANES, NULL, 1, y, PANEL_WIDTH(width));
}

// Rows times `factors`, padded with zeros to COLUMNS of whole squares, and the same as columns, times
// `more`.
INLINE void KERNEL(turn)(const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t width,
                         const float *factors, float more, float *padded, float *turned) {
  const ptrdiff_t side = PANEL_WIDTH(width);
  for (ptrdiff_t r = 0; r < COLUMNS; r++) {
    for (ptrdiff_t c = 0; c < width + LINE; c += LINE) {  // the next block's
      __builtin_prefetch(x + (r + COLUMNS) * stride + c);
    }
    for (ptrdiff_t c = 0; c < side; c++) {
      padded[r * side + c] = r < rows && c < width ? factors[r] * x[r * stride + c] : 0;
    }
  }
  KERNEL(transpose)(padded, COLUMNS, side, turned);
  for (ptrdiff_t i = 0; i < side * COLUMNS; i++) turned[i] *= more;
}

// From columns of COLUMNS, through `padded`.
INLINE void KERNEL(turnBack)(const float *turned, ptrdiff_t rows, ptrdiff_t width, float *padded,
                             float factor, float *y, ptrdiff_t stride) {
  const ptrdiff_t side = PANEL_WIDTH(width);
  KERNEL(transpose)(turned, side, COLUMNS, padded);
  for (ptrdiff_t r = 0; r < rows; r++) {
    for (ptrdiff_t c = 0; c < width; c++) y[r * stride + c] = factor * padded[r * side + c];
  }
}

// From scores less the largest to weights relative to it, and from dP − D to slopes.
INLINE void KERNEL(attentionSlopes)(Vector *scores, Vector *slopes, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    scores[i] = KERNEL(powerOfTwo)(scores[i]);
    slopes[i] *= scores[i];
  }
}

static void KERNEL(attentionGradient)(const float *q, const float *k, const float *v,
                                      const float *y, const float *statistics, const float *dy,
                                      ptrdiff_t stride, ptrdiff_t valueStride, ptrdiff_t queries,
                                      ptrdiff_t keys, ptrdiff_t width, ptrdiff_t valueWidth,
                                      float scale, float *dq, float *dk, float *dv,
                                      float *scratch) {
  const ptrdiff_t side = PANEL_WIDTH(width), valueSide = PANEL_WIDTH(valueWidth);
  float *turnedQ = scratch, *rowsQ = turnedQ + side * COLUMNS;
  float *turnedY = rowsQ + side * COLUMNS, *rowsY = turnedY + valueSide * COLUMNS;
  float *turnedResult = rowsY + valueSide * COLUMNS;
  float *weights = turnedResult + side * COLUMNS, *slopes = weights + ATTENTION_KEYS * COLUMNS;
  float *sumsK = slopes + ATTENTION_KEYS * COLUMNS, *sumsV = sumsK + keys * side;
  for (ptrdiff_t i = 0; i < keys * side; i++) sumsK[i] = 0;
  for (ptrdiff_t i = 0; i < keys * valueSide; i++) sumsV[i] = 0;
  for (ptrdiff_t first = 0; first < queries; first += COLUMNS) {
    const ptrdiff_t count = queries - first < COLUMNS ? queries - first : COLUMNS;
    float scales[COLUMNS], shares[COLUMNS], lessLargest[COLUMNS] = {0}, lessMean[COLUMNS] = {0};
    for (ptrdiff_t r = 0; r < count; r++) {
      scales[r] = scale;
      lessLargest[r] = -statistics[2 * (first + r)];
      shares[r] = 1.0f / statistics[2 * (first + r) + 1];
    }
    KERNEL(turn)(q + first * stride, stride, count, width, scales, 1.44269504f, rowsQ, turnedQ);
    KERNEL(turn)(dy + first * valueStride, valueStride, count, valueWidth, shares, 1, rowsY,
                 turnedY);
    for (ptrdiff_t r = 0; r < count; r++) {
      const float *const row = y + (first + r) * valueStride;
      for (ptrdiff_t c = 0; c < valueWidth; c++) lessMean[r] -= row[c] * rowsY[r * valueSide + c];
    }
    for (ptrdiff_t start = 0; start < keys; start += ATTENTION_KEYS) {
      const ptrdiff_t some = keys - start < ATTENTION_KEYS ? keys - start : ATTENTION_KEYS;
      KERNEL(tiles)(k + start * stride, stride, 1, some, width, turnedQ, COLUMNS, VECTORS,
                    lessLargest, 0, weights, COLUMNS);
      KERNEL(tiles)(v + start * valueStride, valueStride, 1, some, valueWidth, turnedY, COLUMNS,
                    VECTORS, lessMean, 0, slopes, COLUMNS);
      KERNEL(attentionSlopes)((Vector *)weights, (Vector *)slopes, some * VECTORS);
      // dV += Pᵀ dY, dK += dSᵀ Q, dQ = dS K
      KERNEL(rowSums)(weights, some, rowsY, valueWidth, sumsV + start * valueSide);
      KERNEL(rowSums)(slopes, some, rowsQ, width, sumsK + start * side);
      KERNEL(tiles)(k + start * stride, 1, stride, width, some, slopes, COLUMNS, VECTORS, NULL,
                    start > 0, turnedResult, COLUMNS);
    }
    KERNEL(turnBack)(turnedResult, count, width, rowsQ, scale, dq + first * stride, stride);
  }
  for (ptrdiff_t j = 0; j < keys; j++) {
    memcpy(dk + j * stride, sumsK + j * side, (size_t)width * sizeof(float));
    memcpy(dv + j * valueStride, sumsV + j * valueSide, (size_t)valueWidth * sizeof(float));
  }
}

#undef Vector
#undef COLUMNS
#undef TILE
#undef VECTORS
#undef LANES
#undef INLINE
