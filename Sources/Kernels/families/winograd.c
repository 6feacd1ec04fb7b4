// The transforms of Winograd's convolution F(4×4, 3×3), 16 channels at a time.
//
// A tile is a 6×6 window d of the input; with g a kernel, its 4×4 outputs are
//   y = Aᵀ [(G g Gᵀ) ∘ (Bᵀ d B)] A   (Lavin & Gray, arXiv:1509.09308, eq. 8):
// 36 products for each pair of channels where direct convolution needs 144. Interpolation points
// are 0, ±√½, ±√2, ∞: their fp32 error is a quarter of that of the usual 0, ±1, ±2, ∞.
//
// Each matrix is applied by a 1-d pass along rows, then along columns. Vector types, not loops over
// channels: clang would vectorise across pixels, by gathers.
#ifndef FAMILY_WINOGRAD
#define FAMILY_WINOGRAD

#include "square.c"
#include "vector.h"

#define ROOT_HALF 0.70710678118654752f
#define ROOT_TWO 1.41421356237309505f

// `width` < SIDE only for the last channels; the rest of the lanes is zero.
INLINE void KERNEL(load)(const float *from, ptrdiff_t width, Row *to) {
  *to = (Row){0};
  memcpy(to, from, (size_t)width * sizeof(float));
}

INLINE void KERNEL(store)(const Row *from, ptrdiff_t width, float *to) {
  memcpy(to, from, (size_t)width * sizeof(float));
}

// Bᵀ: 6 → 6. A pass reads in[k · step] and writes out[k · step]. Expressions are written for fused
// multiply-adds.
INLINE void KERNEL(inputPass)(const Row *in, Row *out, ptrdiff_t step) {
  const Row d0 = in[0], d1 = in[step], d2 = in[2 * step];
  const Row d3 = in[3 * step], d4 = in[4 * step], d5 = in[5 * step];
  const Row even1 = d4 - 2.0f * d2, odd1 = d3 - 2.0f * d1;
  const Row even2 = d4 - 0.5f * d2, odd2 = d3 - 0.5f * d1;
  out[0] = d4 + d0 - 2.5f * d2;
  out[step] = even1 + ROOT_HALF * odd1;
  out[2 * step] = even1 - ROOT_HALF * odd1;
  out[3 * step] = even2 + ROOT_TWO * odd2;
  out[4 * step] = even2 - ROOT_TWO * odd2;
  out[5 * step] = d1 + d5 - 2.5f * d3;
}

// Aᵀ: 6 → 4
INLINE void KERNEL(outputPass)(const Row *in, Row *out, ptrdiff_t step) {
  const Row sum1 = in[step] + in[2 * step], difference1 = in[step] - in[2 * step];
  const Row sum2 = in[3 * step] + in[4 * step], difference2 = in[3 * step] - in[4 * step];
  out[0] = in[0] + sum1 + sum2;
  out[step] = ROOT_HALF * difference1 + ROOT_TWO * difference2;
  out[2 * step] = 0.5f * sum1 + 2.0f * sum2;
  out[3 * step] =
      in[5 * step] + 0.5f * ROOT_HALF * difference1 + 2.0f * ROOT_TWO * difference2;
}

// A, the adjoint of the output's pass: 4 → 6
INLINE void KERNEL(outputGradientPass)(const Row *in, Row *out, ptrdiff_t step) {
  const Row y0 = in[0], y1 = in[step], y2 = in[2 * step], y3 = in[3 * step];
  const Row even1 = y0 + 0.5f * y2, odd1 = y1 + 0.5f * y3;
  const Row even2 = y0 + 2.0f * y2, odd2 = y1 + 2.0f * y3;
  out[0] = y0;
  out[step] = even1 + ROOT_HALF * odd1;
  out[2 * step] = even1 - ROOT_HALF * odd1;
  out[3 * step] = even2 + ROOT_TWO * odd2;
  out[4 * step] = even2 - ROOT_TWO * odd2;
  out[5 * step] = y3;
}

// G: 3 → 6
INLINE void KERNEL(weightPass)(const Row *in, Row *out, ptrdiff_t step) {
  const Row g0 = in[0], g1 = in[step], g2 = in[2 * step];
  const Row even1 = g0 + 0.5f * g2, odd1 = -2.0f / 3.0f * ROOT_HALF * g1;
  const Row even2 = g0 + 2.0f * g2, odd2 = 1.0f / 6.0f * ROOT_TWO * g1;
  out[0] = g0;
  out[step] = odd1 - 2.0f / 3.0f * even1;
  out[2 * step] = -2.0f / 3.0f * even1 - odd1;
  out[3 * step] = odd2 + 1.0f / 6.0f * even2;
  out[4 * step] = 1.0f / 6.0f * even2 - odd2;
  out[5 * step] = g2;
}

// Gᵀ, the adjoint of the weight's pass: 6 → 3
INLINE void KERNEL(weightGradientPass)(const Row *in, Row *out, ptrdiff_t step) {
  const Row sum1 = in[step] + in[2 * step], difference1 = in[step] - in[2 * step];
  const Row sum2 = in[3 * step] + in[4 * step], difference2 = in[3 * step] - in[4 * step];
  out[0] = in[0] - 2.0f / 3.0f * sum1 + 1.0f / 6.0f * sum2;
  out[step] = 1.0f / 6.0f * ROOT_TWO * difference2 - 2.0f / 3.0f * ROOT_HALF * difference1;
  out[2 * step] = 1.0f / 3.0f * (sum2 - sum1) + in[5 * step];
}

// A window of a picture, zero outside `top ..< bottom` × `left ..< right`.
INLINE void KERNEL(loadWindow)(const float *x, ptrdiff_t rowStride, ptrdiff_t pixelStride,
                               ptrdiff_t top, ptrdiff_t bottom, ptrdiff_t left, ptrdiff_t right,
                               ptrdiff_t size, ptrdiff_t width, Row window[6][6]) {
  for (ptrdiff_t i = 0; i < size; i++) {
    for (ptrdiff_t j = 0; j < size; j++) {
      if (i >= top && i < bottom && j >= left && j < right) {
        KERNEL(load)(x + i * rowStride + j * pixelStride, width, &window[i][j]);
      } else {
        window[i][j] = (Row){0};
      }
    }
  }
}

// 6×6 transformed lanes to or from their planes.
INLINE void KERNEL(storePlanes)(Row planes[6][6], ptrdiff_t width, float *v, ptrdiff_t plane) {
  for (ptrdiff_t k = 0; k < 36; k++) KERNEL(store)(&planes[k / 6][k % 6], width, v + k * plane);
}

INLINE void KERNEL(loadPlanes)(const float *v, ptrdiff_t plane, ptrdiff_t width, Row planes[6][6]) {
  for (ptrdiff_t k = 0; k < 36; k++) KERNEL(load)(v + k * plane, width, &planes[k / 6][k % 6]);
}

// In place, along the rows and then the columns.
#define TRANSFORM(pass, rows, columns, lanes)                                        \
  do {                                                                               \
    for (ptrdiff_t i_ = 0; i_ < (rows); i_++) KERNEL(pass)(lanes[i_], lanes[i_], 1); \
    for (ptrdiff_t j_ = 0; j_ < (columns); j_++) {                                   \
      KERNEL(pass)(&lanes[0][j_], &lanes[0][j_], 6);                                 \
    }                                                                                \
  } while (0)

// Bᵀ d B of a tile's channels from c on
INLINE void KERNEL(inputTile)(const WinogradWindow *window, ptrdiff_t c, ptrdiff_t width,
                              Row lanes[6][6]) {
  const WinogradWindow w = *window;
  const float *const x = w.corner + c;
  for (ptrdiff_t i = w.top; i < w.bottom; i++) {  // what the tile to the right adds
    for (ptrdiff_t j = 6; j < 10; j++) {
      __builtin_prefetch(x + i * w.rowStride + j * w.pixelStride);
    }
  }
  KERNEL(loadWindow)(x, w.rowStride, w.pixelStride, w.top, w.bottom, w.left, w.right, 6, width,
                     lanes);
  TRANSFORM(inputPass, 6, 6, lanes);
}

INLINE void KERNEL(inputLanes)(const WinogradWindow *window, ptrdiff_t c, ptrdiff_t width, float *v,
                               ptrdiff_t plane) {
  Row lanes[6][6];
  KERNEL(inputTile)(window, c, width, lanes);
  KERNEL(storePlanes)(lanes, width, v + c, plane);
}

INLINE void KERNEL(outputGradientLanes)(const float *dy, ptrdiff_t rowStride, ptrdiff_t pixelStride,
                                   ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t width, float *v,
                                        ptrdiff_t plane) {
  Row lanes[6][6];
  KERNEL(loadWindow)(dy, rowStride, pixelStride, 0, rows, 0, columns, 4, width, lanes);
  TRANSFORM(outputGradientPass, 4, 6, lanes);
  KERNEL(storePlanes)(lanes, width, v, plane);
}

// `next`: floats from this tile to the next in a plane.
INLINE void KERNEL(outputLanes)(const WinogradOutput *output, ptrdiff_t c, ptrdiff_t width,
                                ptrdiff_t next) {
  const WinogradOutput o = *output;
  const float *const m = o.m + c;
  Row lanes[6][6], offset = {0};
  for (ptrdiff_t k = 0; k < 36; k++) __builtin_prefetch(m + k * o.plane + next);
  KERNEL(loadPlanes)(m, o.plane, width, lanes);
  TRANSFORM(outputPass, 6, 4, lanes);
  if (o.bias) KERNEL(load)(o.bias + c, width, &offset);
  for (ptrdiff_t i = 0; i < o.rows; i++) {
    for (ptrdiff_t j = 0; j < o.columns; j++) {
      const Row pixel = lanes[i][j] + offset;
      KERNEL(store)(&pixel, width, o.y + c + i * o.rowStride + j * o.pixelStride);
    }
  }
}

// The kernels of one input channel and 16 output channels, these along the lanes: a vector for each of
// the 9 taps.
INLINE void KERNEL(rowTaps)(const float *w, ptrdiff_t stride, ptrdiff_t width, Row taps[SIDE]) {
  for (ptrdiff_t l = 0; l < SIDE; l++) taps[l] = (Row){0};
  ptrdiff_t l = 0;
  if (stride == 9) {  // the next kernel, which follows, may be read as well
    for (; l + 1 < width; l++) taps[l] = *(const LooseRow *)(w + 9 * l);
  }
  for (; l < width; l++) memcpy(&taps[l], w + l * stride, 9 * sizeof(float));
  KERNEL(exchange)(taps);
}

// The same of 16 × 16 channels, where the kernels of a row of them follow each other: 9 vectors a row.
INLINE void KERNEL(blockTaps)(const float *w, ptrdiff_t stride, Row taps[9 * SIDE]) {
  for (ptrdiff_t k = 0; k < 9; k++) {
    Row *const rows = taps + k * SIDE;
    for (ptrdiff_t l = 0; l < SIDE; l++) {
      const float *const from = w + l * stride + k * SIDE;
      __builtin_prefetch(from + 9 * SIDE);  // the next block's
      rows[l] = *(const LooseRow *)from;
    }
    KERNEL(exchange)(rows);
  }
}

// G g Gᵀ
INLINE void KERNEL(tapTile)(const Row *taps, int flip, Row lanes[6][6]) {
  for (ptrdiff_t k = 0; k < 9; k++) lanes[k / 3][k % 3] = taps[flip ? 8 - k : k];
  TRANSFORM(weightPass, 3, 6, lanes);
}

INLINE void KERNEL(tapLanes)(const Row *taps, int flip, float *u, ptrdiff_t plane) {
  Row lanes[6][6];
  KERNEL(tapTile)(taps, flip, lanes);
  KERNEL(storePlanes)(lanes, SIDE, u, plane);
}

INLINE void KERNEL(weightGradientLanes)(const float *du, ptrdiff_t plane, ptrdiff_t width, float *dw) {
  Row lanes[6][6];
  KERNEL(loadPlanes)(du, plane, width, lanes);
  TRANSFORM(weightGradientPass, 6, 3, lanes);
  Row rows[SIDE] = {{0}};
  for (ptrdiff_t k = 0; k < 9; k++) rows[k] = lanes[k / 3][k % 3];
  KERNEL(exchange)(rows);
  for (ptrdiff_t l = 0; l < width; l++) memcpy(dw + 9 * l, &rows[l], 9 * sizeof(float));
}

// Runs a statement for each group of 16 channels, one of 8, and the rest; where `width` is a
// constant, the compiler makes it a register's.
#define FOR_CHANNELS(channels, statement)       \
  do {                                          \
    ptrdiff_t c = 0;                            \
    for (; c + SIDE <= (channels); c += SIDE) { \
      enum { width = SIDE };                    \
      statement;                                \
    }                                           \
    if (c + SIDE / 2 <= (channels)) {           \
      enum { width = SIDE / 2 };                \
      statement;                                \
      c += width;                               \
    }                                           \
    const ptrdiff_t width = (channels) - c;     \
    if (width > 0) statement;                   \
  } while (0)

static void KERNEL(winogradInput)(const WinogradWindow *window, float *v, ptrdiff_t plane) {
  const WinogradWindow w = *window;
  FOR_CHANNELS(w.channels, KERNEL(inputLanes)(&w, c, width, v, plane));
}

static void KERNEL(winogradOutput)(const WinogradOutput *output) {
  const WinogradOutput o = *output;
  const ptrdiff_t next = panelWidth(o.channels);
  FOR_CHANNELS(o.channels, KERNEL(outputLanes)(&o, c, width, next));
}

static void KERNEL(winogradOutputGradient)(const float *dy, ptrdiff_t rowStride,
                                           ptrdiff_t pixelStride, ptrdiff_t channels,
                                           ptrdiff_t rows, ptrdiff_t columns, float *v,
                                           ptrdiff_t plane) {
  FOR_CHANNELS(channels, KERNEL(outputGradientLanes)(dy + c, rowStride, pixelStride, rows, columns,
                                                  width, v + c, plane));
}

static void KERNEL(winogradWeight)(const float *w, ptrdiff_t rowStride, ptrdiff_t stride,
                                   ptrdiff_t rows, ptrdiff_t channels, int flip, float *u,
                                   ptrdiff_t plane) {
  const int isBlocked = rowStride == 9 && !flip;
  const ptrdiff_t uWidth = panelWidth(channels);
  for (ptrdiff_t c = 0; c < channels; c += SIDE) {  // outside: reads run along the rows
    const ptrdiff_t width = channels - c < SIDE ? channels - c : SIDE;
    const float *const from = w + c * stride;
    ptrdiff_t i = 0;
    for (; isBlocked && width == SIDE && i + SIDE <= rows; i += SIDE) {
      Row taps[9 * SIDE];
      KERNEL(blockTaps)(from + i * rowStride, stride, taps);
      for (ptrdiff_t j = 0; j < SIDE; j++) {
        KERNEL(tapLanes)(taps + 9 * j, 0, u + (i + j) * uWidth + c, plane);
      }
    }
    for (; i < rows; i++) {
      Row taps[SIDE];
      KERNEL(rowTaps)(from + i * rowStride, stride, width, taps);
      KERNEL(tapLanes)(taps, flip, u + i * uWidth + c, plane);
    }
  }
}

static void KERNEL(winogradWeightGradient)(const float *du, ptrdiff_t plane, ptrdiff_t channels,
                                           float *dw) {
  FOR_CHANNELS(channels, KERNEL(weightGradientLanes)(du + c, plane, width, dw + 9 * c));
}

#undef FOR_CHANNELS
#undef TRANSFORM
#undef ROOT_TWO
#undef ROOT_HALF

#endif
