// Layer norm along a row; group norm over [rows, channels] of one picture.
//
// Group norm is split so that threads can share a picture: per-channel sums first (here), group
// statistics in Swift, then y = scale·x + offset per channel with both folded in.
#ifndef FAMILY_NORMS
#define FAMILY_NORMS

#include "mathematics.c"
#include "reductions.c"
#include "vector.h"

static void KERNEL(layerNorm)(const float *x, const float *gamma, const float *beta,
                              float epsilon, float *y, float *statistics, ptrdiff_t rows,
                              ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++, x += columns, y += columns) {
    const float mean = (float)(KERNEL(sum)(x, columns) / (double)columns);
    float squares[PARTIAL_SUMS] = {0};
    ptrdiff_t i = 0;
    for (; i + PARTIAL_SUMS <= columns; i += PARTIAL_SUMS) {
      for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) {
        squares[l] += (x[i + l] - mean) * (x[i + l] - mean);
      }
    }
    for (; i < columns; i++) squares[0] += (x[i] - mean) * (x[i] - mean);
    double variance = 0;
    for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) variance += (double)squares[l];
    const float inverse = (float)(1.0 / __builtin_sqrt(variance / (double)columns + epsilon));
    for (i = 0; i < columns; i++) y[i] = (x[i] - mean) * inverse * gamma[i] + beta[i];
    statistics[2 * r] = mean;
    statistics[2 * r + 1] = inverse;
  }
}

// With x̂ the normalised row and g = dy·γ: dx = (g − mean(g) − x̂·mean(g·x̂)) / σ. dγ and dβ add up.
static void KERNEL(layerNormGradient)(const float *x, const float *gamma, const float *statistics,
                                      const float *dy, float *dx, float *restrict sums,
                                      ptrdiff_t rows, ptrdiff_t columns) {
  float *const dgamma = sums, *const dbeta = sums + columns;
  for (ptrdiff_t r = 0; r < rows; r++, x += columns, dy += columns, dx += columns) {
    const float mean = statistics[2 * r], inverse = statistics[2 * r + 1];
    float g1[PARTIAL_SUMS] = {0}, g2[PARTIAL_SUMS] = {0};
    ptrdiff_t i = 0;
    for (; i + PARTIAL_SUMS <= columns; i += PARTIAL_SUMS) {
      for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) {
        const float g = dy[i + l] * gamma[i + l];
        g1[l] += g;
        g2[l] += g * (x[i + l] - mean);
      }
    }
    for (; i < columns; i++) {
      const float g = dy[i] * gamma[i];
      g1[0] += g;
      g2[0] += g * (x[i] - mean);
    }
    float mean1 = 0, mean2 = 0;
    for (ptrdiff_t l = 0; l < PARTIAL_SUMS; l++) {
      mean1 += g1[l];
      mean2 += g2[l];
    }
    mean1 /= (float)columns;
    mean2 = mean2 * inverse * inverse / (float)columns;
    for (i = 0; i < columns; i++) {
      const float centred = x[i] - mean;
      dgamma[i] += dy[i] * centred * inverse;
      dbeta[i] += dy[i];
      dx[i] = inverse * (dy[i] * gamma[i] - mean1 - centred * mean2);
    }
  }
}

// sums[c] += Σ x, sums[channels + c] += Σ x² over the rows. Blocks of rows are summed in fp32
// relative to the block's first row (so that a large mean costs no digits), then in double.
static void KERNEL(groupSums)(const float *x, double *sums, ptrdiff_t rows, ptrdiff_t channels) {
  enum { ROWS = 32, WIDTH = 64 };
  for (ptrdiff_t start = 0; start < rows; start += ROWS) {
    const ptrdiff_t count = start + ROWS < rows ? ROWS : rows - start;
    for (ptrdiff_t c0 = 0; c0 < channels; c0 += WIDTH) {
      const ptrdiff_t width = c0 + WIDTH < channels ? WIDTH : channels - c0;
      const float *origin = x + start * channels + c0;
      float first[WIDTH] = {0}, second[WIDTH] = {0};
      for (ptrdiff_t r = 1; r < count; r++) {
        const float *row = origin + r * channels;
        for (ptrdiff_t c = 0; c < width; c++) {
          const float d = row[c] - origin[c];
          first[c] += d;
          second[c] += d * d;
        }
      }
      for (ptrdiff_t c = 0; c < width; c++) {
        const double o = origin[c], s = first[c], q = second[c];
        sums[c0 + c] += s + (double)count * o;
        sums[channels + c0 + c] += q + 2 * o * s + (double)count * o * o;
      }
    }
  }
}

static void KERNEL(groupNorm)(const float *x, const float *scale, const float *offset, int silu,
                              float *y, ptrdiff_t rows, ptrdiff_t channels) {
  for (ptrdiff_t r = 0; r < rows; r++, x += channels, y += channels) {
    if (silu) {
      for (ptrdiff_t c = 0; c < channels; c++) {
        const float z = scale[c] * x[c] + offset[c];
        y[c] = z * KERNEL(sigmoid1)(z);
      }
    } else {
      for (ptrdiff_t c = 0; c < channels; c++) y[c] = scale[c] * x[c] + offset[c];
    }
  }
}

// dy with respect to z = scale·x + offset, through SiLU where it is fused.
INLINE float KERNEL(throughSilu)(float z, float dy, int silu) {
  if (!silu) return dy;
  const float s = KERNEL(sigmoid1)(z);
  return dy * (s + z * s * (1.0f - s));
}

// sums[c] += Σ dz, sums[channels + c] += Σ dz·x over the rows.
static void KERNEL(groupNormGradientSums)(const float *x, const float *scale, const float *offset,
                                          int silu, const float *dy, double *sums, ptrdiff_t rows,
                                          ptrdiff_t channels) {
  enum { ROWS = 32, WIDTH = 64 };
  for (ptrdiff_t start = 0; start < rows; start += ROWS) {
    const ptrdiff_t count = start + ROWS < rows ? ROWS : rows - start;
    for (ptrdiff_t c0 = 0; c0 < channels; c0 += WIDTH) {
      const ptrdiff_t width = c0 + WIDTH < channels ? WIDTH : channels - c0;
      float first[WIDTH] = {0}, second[WIDTH] = {0};
      for (ptrdiff_t r = 0; r < count; r++) {
        const float *xr = x + (start + r) * channels + c0, *dr = dy + (start + r) * channels + c0;
        const float *sc = scale + c0, *of = offset + c0;
        for (ptrdiff_t c = 0; c < width; c++) {
          const float dz = KERNEL(throughSilu)(sc[c] * xr[c] + of[c], dr[c], silu);
          first[c] += dz;
          second[c] += dz * xr[c];
        }
      }
      for (ptrdiff_t c = 0; c < width; c++) {
        sums[c0 + c] += (double)first[c];
        sums[channels + c0 + c] += (double)second[c];
      }
    }
  }
}

// dx = a·dz + b·x + c, per channel; Swift folds the group's statistics into a, b and c.
static void KERNEL(groupNormGradient)(const GroupNormGradient *picture) {
  const float *x = picture->x, *dy = picture->dy;
  const float *const scale = picture->scale, *const offset = picture->offset;
  const float *const a = picture->a, *const b = picture->b, *const c = picture->c;
  const ptrdiff_t rows = picture->rows, channels = picture->channels;
  const int silu = picture->silu;
  float *dx = picture->dx;
  for (ptrdiff_t r = 0; r < rows; r++, x += channels, dy += channels, dx += channels) {
    for (ptrdiff_t i = 0; i < channels; i++) {
      const float dz = KERNEL(throughSilu)(scale[i] * x[i] + offset[i], dy[i], silu);
      dx[i] = a[i] * dz + b[i] * x[i] + c[i];
    }
  }
}

#endif
