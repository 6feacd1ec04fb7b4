// One pass over memory each.
#ifndef FAMILY_ELEMENTWISE
#define FAMILY_ELEMENTWISE

#include "vector.h"

static void KERNEL(add)(const float *a, const float *b, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = a[i] + b[i];
}

static void KERNEL(subtract)(const float *a, const float *b, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = a[i] - b[i];
}

static void KERNEL(multiply)(const float *a, const float *b, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = a[i] * b[i];
}

static void KERNEL(affine)(const float *x, float scale, float offset, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = scale * x[i] + offset;
}

static void KERNEL(addScaled)(const float *x, float scale, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] += scale * x[i];
}

static void KERNEL(clamp)(const float *x, float low, float high, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    const float v = x[i] < low ? low : x[i];
    y[i] = v > high ? high : v;
  }
}

static void KERNEL(clampGradient)(const float *x, float low, float high, const float *dy,
                                  float *dx, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) dx[i] = ((x[i] >= low) & (x[i] <= high)) ? dy[i] : 0.0f;
}

static void KERNEL(addRow)(const float *x, const float *v, float *y, ptrdiff_t rows,
                           ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++, x += columns, y += columns) {
    for (ptrdiff_t c = 0; c < columns; c++) y[c] = x[c] + v[c];
  }
}

static void KERNEL(multiplyRow)(const float *x, const float *v, float *y, ptrdiff_t rows,
                                ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++, x += columns, y += columns) {
    for (ptrdiff_t c = 0; c < columns; c++) y[c] = x[c] * v[c];
  }
}

static void KERNEL(accumulateRows)(const float *x, float *restrict sum, ptrdiff_t rows,
                                   ptrdiff_t columns) {
  for (ptrdiff_t r = 0; r < rows; r++, x += columns) {
    for (ptrdiff_t c = 0; c < columns; c++) sum[c] += x[c];
  }
}

static void KERNEL(signs)(const float *x, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = (float)((x[i] > 0.0f) - (x[i] < 0.0f));
}

#endif
