// The gradient of attention: a block of queries at a time, queries along the lanes as in attention.c,
// whose weights are made again. The weights of a block of queries stay in the cache with what the
// loss says about them; of the five products three are tiles of registers as there, and the two that
// sum over queries have rows as short as a head is wide: `rowSums`.

#define PADDED(width) (((width) + LANES - 1) / LANES * LANES)
#define SUM_ROWS 12  // sums, one row of the second factor and a number of the first: 14 registers

// y[i] += Σ_l a[i · COLUMNS + l] · b[l · stride], one vector of columns.
INLINE void KERNEL(rowSum)(const float *a, ptrdiff_t rows, const float *b, ptrdiff_t stride,
                           float *y) {
  Vector sums[SUM_ROWS];
  for (ptrdiff_t i = 0; i < rows; i++) sums[i] = (Vector){0};
  for (ptrdiff_t l = 0; l < COLUMNS; l++) {
    const Vector row = *(const Vector *)(b + l * stride);
    for (ptrdiff_t i = 0; i < rows; i++) sums[i] += a[i * COLUMNS + l] * row;
  }
  for (ptrdiff_t i = 0; i < rows; i++) *(Vector *)(y + i * stride) += sums[i];
}

// The same for any number of rows, and of columns in whole vectors: y and b are `stride` wide.
INLINE void KERNEL(rowSums)(const float *a, ptrdiff_t rows, const float *b, ptrdiff_t stride,
                            float *y) {
  for (ptrdiff_t c = 0; c < stride; c += LANES) {
    ptrdiff_t r = 0;
    for (; r + SUM_ROWS <= rows; r += SUM_ROWS) {
      KERNEL(rowSum)(a + r * COLUMNS, SUM_ROWS, b + c, stride, y + r * stride + c);
    }
    for (; r < rows; r++) KERNEL(rowSum)(a + r * COLUMNS, 1, b + c, stride, y + r * stride + c);
  }
}

// Rows to columns of COLUMNS, times `scale`, and the same rows unscaled and padded with zeros.
INLINE void KERNEL(turn)(const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t width,
                         float scale, float *turned, float *padded) {
  for (ptrdiff_t r = 0; r < COLUMNS; r++) {
    for (ptrdiff_t c = 0; c < PADDED(width); c++) {
      const float value = r < rows && c < width ? x[r * stride + c] : 0;
      padded[r * PADDED(width) + c] = value;
      if (c < width) turned[c * COLUMNS + r] = scale * value;
    }
  }
}

// From weights P and dP to scale · P (dP − Σ P dP), over the keys.
INLINE void KERNEL(attentionSlopes)(Vector *weights, Vector *slopes, ptrdiff_t keys,
                                    const Vector *total, float scale) {
  Vector mean[VECTORS] = {{0}};
  for (ptrdiff_t j = 0; j < keys; j++) {
    for (int v = 0; v < VECTORS; v++) {
      weights[j * VECTORS + v] /= total[v];
      mean[v] += weights[j * VECTORS + v] * slopes[j * VECTORS + v];
    }
  }
  for (ptrdiff_t j = 0; j < keys; j++) {
    for (int v = 0; v < VECTORS; v++) {
      Vector *slope = slopes + j * VECTORS + v;
      *slope = scale * weights[j * VECTORS + v] * (*slope - mean[v]);
    }
  }
}

static void KERNEL(attentionGradient)(const float *q, const float *k, const float *v,
                                      const float *dy, ptrdiff_t stride, ptrdiff_t valueStride,
                                      ptrdiff_t queries, ptrdiff_t keys, ptrdiff_t width,
                                      ptrdiff_t valueWidth, float scale, float *dq, float *dk,
                                      float *dv, float *scratch) {
  float *turnedQ = scratch, *turnedY = turnedQ + width * COLUMNS;
  float *turnedResult = turnedY + valueWidth * COLUMNS;
  float *rowsQ = turnedResult + width * COLUMNS, *rowsY = rowsQ + PADDED(width) * COLUMNS;
  float *weights = rowsY + PADDED(valueWidth) * COLUMNS, *slopes = weights + keys * COLUMNS;
  float *sumsK = slopes + keys * COLUMNS, *sumsV = sumsK + keys * PADDED(width);
  for (ptrdiff_t i = 0; i < keys * PADDED(width); i++) sumsK[i] = 0;
  for (ptrdiff_t i = 0; i < keys * PADDED(valueWidth); i++) sumsV[i] = 0;
  for (ptrdiff_t first = 0; first < queries; first += COLUMNS) {
    const ptrdiff_t count = queries - first < COLUMNS ? queries - first : COLUMNS;
    KERNEL(turn)(q + first * stride, stride, count, width, 1.44269504f * scale, turnedQ, rowsQ);
    KERNEL(turn)(dy + first * valueStride, valueStride, count, valueWidth, 1, turnedY, rowsY);
    Vector largest[VECTORS], total[VECTORS] = {{0}}, factor[VECTORS];
    for (int i = 0; i < VECTORS; i++) largest[i] = (Vector){0} - 3e38f;
    KERNEL(tiles)(k, stride, 1, keys, width, turnedQ, COLUMNS, VECTORS, NULL, 0,
                  weights, COLUMNS);
    KERNEL(attentionWeights)((Vector *)weights, keys, largest, total, factor);
    KERNEL(tiles)(v, valueStride, 1, keys, valueWidth, turnedY, COLUMNS, VECTORS, NULL, 0,
                  slopes, COLUMNS);
    KERNEL(attentionSlopes)((Vector *)weights, (Vector *)slopes, keys, total, scale);
    KERNEL(rowSums)(weights, keys, rowsY, PADDED(valueWidth), sumsV);  // dV += Pᵀ dY
    KERNEL(rowSums)(slopes, keys, rowsQ, PADDED(width), sumsK);        // dK += dSᵀ Q
    KERNEL(tiles)(k, 1, stride, width, keys, slopes, COLUMNS, VECTORS, NULL, 0,
                  turnedResult, COLUMNS);
    for (ptrdiff_t r = 0; r < count; r++) {
      for (ptrdiff_t c = 0; c < width; c++) {
        dq[(first + r) * stride + c] = turnedResult[c * COLUMNS + r];
      }
    }
  }
  for (ptrdiff_t j = 0; j < keys; j++) {
    for (ptrdiff_t c = 0; c < width; c++) dk[j * stride + c] = sumsK[j * PADDED(width) + c];
    for (ptrdiff_t c = 0; c < valueWidth; c++) {
      dv[j * valueStride + c] = sumsV[j * PADDED(valueWidth) + c];
    }
  }
}

#undef SUM_ROWS
#undef PADDED
#undef Vector
#undef COLUMNS
#undef TILE
#undef VECTORS
#undef LANES
#undef INLINE
