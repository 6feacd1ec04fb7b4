// Winograd's transforms whose results are 16-bit brain floats, as factors of bfloat.c's product: a
// tile's neighbouring channels share a word, and so do the weights of two input channels.
#ifndef FAMILY_BFLOAT_WINOGRAD
#define FAMILY_BFLOAT_WINOGRAD

#include "bfloat.c"
#include "vector.h"
#include "winograd.c"

// v: planes of rows of panelWidth(channels) / 2 words
static void bfloatWinogradInput(const WinogradWindow *window, uint32_t *v, ptrdiff_t plane) {
  const WinogradWindow w = *window;
  Row lanes[6][6];
#define TILE(width)                                                          \
  do {                                                                       \
    KERNEL(inputTile)(&w, c, width, lanes);                                  \
    for (ptrdiff_t k = 0; k < 36; k++) {                                     \
      _mm256_storeu_si256((__m256i *)(v + k * plane + c / 2),                \
                          (__m256i)_mm512_cvtneps_pbh(lanes[k / 6][k % 6])); \
    }                                                                        \
  } while (0)
  ptrdiff_t c = 0;
  for (; c + SIDE <= w.channels; c += SIDE) TILE(SIDE);
  if (c < w.channels) TILE(w.channels - c);
#undef TILE
}

// Two input channels' weights, 16 output channels along the lanes.
INLINE void bfloatTapPair(const Row *first, const Row *second, int flip, uint32_t *u,
                          ptrdiff_t plane) {
  Row low[6][6], high[6][6];
  KERNEL(tapTile)(first, flip, low);
  KERNEL(tapTile)(second, flip, high);
  for (ptrdiff_t k = 0; k < 36; k++) {
    _mm512_storeu_si512(u + k * plane, bfloatPair(low[k / 6][k % 6], high[k / 6][k % 6]));
  }
}

// u: planes that are panels, [⌈rows / 2⌉, panelWidth(channels)] words
static void bfloatWinogradWeight(const float *w, ptrdiff_t rowStride, ptrdiff_t stride,
                                 ptrdiff_t rows, ptrdiff_t channels, int flip, uint32_t *u,
                                 ptrdiff_t plane) {
  const int isBlocked = rowStride == 9 && !flip;
  const ptrdiff_t width = panelWidth(channels);
  for (ptrdiff_t c = 0; c < channels; c += SIDE) {
    const ptrdiff_t some = channels - c < SIDE ? channels - c : SIDE;
    const float *const from = w + c * stride;
    ptrdiff_t i = 0;
    for (; isBlocked && some == SIDE && i + SIDE <= rows; i += SIDE) {
      Row taps[9 * SIDE];
      KERNEL(blockTaps)(from + i * rowStride, stride, taps);
      for (ptrdiff_t j = 0; j < SIDE; j += 2) {
        bfloatTapPair(taps + 9 * j, taps + 9 * (j + 1), 0, u + (i + j) / 2 * width + c, plane);
      }
    }
    for (; i < rows; i += 2) {
      Row taps[2][SIDE] = {{{0}}};
      KERNEL(rowTaps)(from + i * rowStride, stride, some, taps[0]);
      if (i + 1 < rows) KERNEL(rowTaps)(from + (i + 1) * rowStride, stride, some, taps[1]);
      bfloatTapPair(taps[0], taps[1], flip, u + i / 2 * width + c, plane);
    }
  }
}

#endif
