// Rows of attention scores. Reductions keep 16 lanes, so that they vectorise without -ffast-math.
#ifndef FAMILY_SOFTMAX
#define FAMILY_SOFTMAX

#include "mathematics.c"
#include "vector.h"

static void KERNEL(softmaxRows)(float *x, float scale, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++, x += columns) {
    float largest[PARTIAL_SUMS], total[PARTIAL_SUMS] = {0};
    for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) largest[l] = x[0];
    ptrdiff_t i = 0;
    for (; i + PARTIAL_SUMS <= columns; i += PARTIAL_SUMS) {
      for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) {
        largest[l] = x[i + l] > largest[l] ? x[i + l] : largest[l];
      }
    }
    for (; i < columns; i++) largest[0] = x[i] > largest[0] ? x[i] : largest[0];
    float top = largest[0];
    for (ptrdiff_t l = 1; l < PARTIAL_SUMS; l++) top = largest[l] > top ? largest[l] : top;

    for (i = 0; i + PARTIAL_SUMS <= columns; i += PARTIAL_SUMS) {
      for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) {
        const float e = KERNEL(exp1)(scale * (x[i + l] - top));
        x[i + l] = e;
        total[l] += e;
      }
    }
    for (; i < columns; i++) {
      const float e = KERNEL(exp1)(scale * (x[i] - top));
      x[i] = e;
      total[0] += e;
    }
    float sum = 0;
    for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) sum += total[l];
    const float inverse = 1.0f / sum;
    for (i = 0; i < columns; i++) x[i] *= inverse;
  }
}

static void KERNEL(softmaxGradientRows)(const float *p, float *dp, float scale, ptrdiff_t rows,
                                        ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++, p += columns, dp += columns) {
    float total[PARTIAL_SUMS] = {0};
    ptrdiff_t i = 0;
    for (; i + PARTIAL_SUMS <= columns; i += PARTIAL_SUMS) {
      for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) total[l] += p[i + l] * dp[i + l];
    }
    for (; i < columns; i++) total[0] += p[i] * dp[i];
    float sum = 0;
    for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) sum += total[l];
    for (i = 0; i < columns; i++) dp[i] = scale * p[i] * (dp[i] - sum);
  }
}

#endif
