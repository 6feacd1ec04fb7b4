// Rows of attention scores. Reductions keep 16 lanes, so that they vectorise without -ffast-math.

#define LANES 16

static void KERNEL(softmaxRows)(float *x, float scale, ptrdiff_t rows, ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++, x += columns) {
    float largest[LANES], total[LANES] = {0};
    for (ptrdiff_t l = 0; l < LANES; l++) largest[l] = x[0];
    ptrdiff_t i = 0;
    for (; i + LANES <= columns; i += LANES) {
      for (ptrdiff_t l = 0; l < LANES; l++) {
        largest[l] = x[i + l] > largest[l] ? x[i + l] : largest[l];
      }
    }
    for (; i < columns; i++) largest[0] = x[i] > largest[0] ? x[i] : largest[0];
    float top = largest[0];
    for (ptrdiff_t l = 1; l < LANES; l++) top = largest[l] > top ? largest[l] : top;

    for (i = 0; i + LANES <= columns; i += LANES) {
      for (ptrdiff_t l = 0; l < LANES; l++) {
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
    for (ptrdiff_t l = 0; l < LANES; l++) sum += total[l];
    const float inverse = 1.0f / sum;
    for (i = 0; i < columns; i++) x[i] *= inverse;
  }
}

static void KERNEL(softmaxGradientRows)(const float *p, float *dp, float scale, ptrdiff_t rows,
                                        ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++, p += columns, dp += columns) {
    float total[LANES] = {0};
    ptrdiff_t i = 0;
    for (; i + LANES <= columns; i += LANES) {
      for (ptrdiff_t l = 0; l < LANES; l++) total[l] += p[i + l] * dp[i + l];
    }
    for (; i < columns; i++) total[0] += p[i] * dp[i];
    float sum = 0;
    for (ptrdiff_t l = 0; l < LANES; l++) sum += total[l];
    for (i = 0; i < columns; i++) dp[i] = scale * p[i] * (dp[i] - sum);
  }
}

#undef LANES
