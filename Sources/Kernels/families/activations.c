// Activations and their gradients; the gradient recomputes the activation from x.
#ifndef FAMILY_ACTIVATIONS
#define FAMILY_ACTIVATIONS

#include "mathematics.c"

// Above 88, where exp1 ends, by the square of a root: infinite where eˣ is.
static void KERNEL(exponential)(const float *x, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    const float e = KERNEL(exp1)(x[i]), root = KERNEL(exp1)(0.5f * x[i]);
    y[i] = x[i] > 88.0f ? root * root : e;
  }
}

static void KERNEL(sigmoid)(const float *x, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = KERNEL(sigmoid1)(x[i]);
}

// ELU with α = 1. Where x is positive the exponential is not used, and must not overflow.
static void KERNEL(elu)(const float *x, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    const float e = KERNEL(exp1)(x[i] > 0.0f ? 0.0f : x[i]) - 1.0f;
    y[i] = x[i] > 0.0f ? x[i] : e;
  }
}

// By the output y: the derivative of eˣ − 1 is y + 1.
static void KERNEL(eluGradient)(const float *y, const float *dy, float *dx, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) dx[i] = y[i] > 0.0f ? dy[i] : dy[i] * (y[i] + 1.0f);
}

static void KERNEL(silu)(const float *x, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i] * KERNEL(sigmoid1)(x[i]);
}

static void KERNEL(siluGradient)(const float *x, const float *dy, float *dx, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    const float s = KERNEL(sigmoid1)(x[i]);
    dx[i] = dy[i] * (s + x[i] * s * (1.0f - s));
  }
}

static void KERNEL(gelu)(const float *x, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = KERNEL(gelu1)(x[i]);
}

static void KERNEL(geluGradient)(const float *x, const float *dy, float *dx, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) dx[i] = dy[i] * KERNEL(gelu1Derivative)(x[i]);
}

// x · σ(1.702 x), CLIP's approximation of GELU.
static void KERNEL(quickGelu)(const float *x, float *y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) y[i] = x[i] * KERNEL(sigmoid1)(1.702f * x[i]);
}

static void KERNEL(quickGeluGradient)(const float *x, const float *dy, float *dx, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) {
    const float s = KERNEL(sigmoid1)(1.702f * x[i]);
    dx[i] = dy[i] * (s + 1.702f * x[i] * s * (1.0f - s));
  }
}

static void KERNEL(geglu)(const float *x, float *restrict y, ptrdiff_t rows, ptrdiff_t half) {
  for (ptrdiff_t r = 0; r < rows; r++, x += 2 * half, y += half) {
    for (ptrdiff_t c = 0; c < half; c++) y[c] = x[c] * KERNEL(gelu1)(x[half + c]);
  }
}

static void KERNEL(gegluGradient)(const float *x, const float *dy, float *restrict dx,
                                  ptrdiff_t rows, ptrdiff_t half) {
  for (ptrdiff_t r = 0; r < rows; r++, x += 2 * half, dx += 2 * half, dy += half) {
    for (ptrdiff_t c = 0; c < half; c++) {
      const float gate = x[half + c];
      dx[c] = dy[c] * KERNEL(gelu1)(gate);
      dx[half + c] = dy[c] * x[c] * KERNEL(gelu1Derivative)(gate);
    }
  }
}

#endif
