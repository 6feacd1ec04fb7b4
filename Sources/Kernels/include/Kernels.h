#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Tiles.h"

// The hot loops. Plain C, single-threaded, no allocation: Swift splits the work and owns the memory.
// Every kernel is compiled once per instruction set (dispatch.c) and reached through this table.
//
// `n` counts floats; matrices are row-major. Outputs may alias inputs of the same size unless said
// otherwise. Comments give the formula; the file in families/ says how.

#pragma clang assume_nonnull begin

/// Columns of a panel: a factor of a product is cut into panels of so many, the last one into less.
#define PANEL_COLUMNS 64
/// Numbers in a row of a panel: whole vectors, whatever the instruction set.
static inline ptrdiff_t panelWidth(ptrdiff_t columns) { return (columns + 15) / 16 * 16; }

/// Keys that attention visits at a time (24 KB of scores), and the most queries it works on at once.
#define ATTENTION_KEYS 96
#define ATTENTION_QUERIES 64

/// Floats that a head's attention and its gradient work in.
static inline ptrdiff_t attentionScratch(ptrdiff_t width, ptrdiff_t valueWidth) {
  const ptrdiff_t side = panelWidth(width), valueSide = panelWidth(valueWidth);
  const ptrdiff_t larger = side > valueSide ? side : valueSide;
  return ATTENTION_QUERIES * (ATTENTION_KEYS + side + valueSide + larger);
}
static inline ptrdiff_t attentionGradientScratch(ptrdiff_t keys, ptrdiff_t width,
                                                 ptrdiff_t valueWidth) {
  const ptrdiff_t side = panelWidth(width), valueSide = panelWidth(valueWidth);
  return ATTENTION_QUERIES * (2 * ATTENTION_KEYS + 3 * side + 2 * valueSide)
         + keys * (side + valueSide);
}

// What a kernel of many arguments takes, by name. It only reads these.

/// y = a · b (+ start) (+ y if it adds).
typedef struct {
  const float *a;     // [rows, count], or [count, rows] where it is transposed
  ptrdiff_t aStride;  // from a row in memory to the next, here and below
  bool isTransposed;
  ptrdiff_t rows, count;
  const float *b;  // [count, columns]: a panel, or rows like one's
  ptrdiff_t bStride, columns;
  const float *_Nullable start;  // [columns], for every row
  bool adds;
  float *y;
  ptrdiff_t yStride;
} PanelProduct;

/// y = softmax(scale · q kᵀ) v of one head; no aliasing.
typedef struct {
  const float *q;
  ptrdiff_t queryStride, queries;
  const float *k;
  ptrdiff_t keyStride;
  const float *v;
  ptrdiff_t valueStride, keys, width, valueWidth;
  ptrdiff_t visible;  // keys that the first query sees, the next one more each; `keys` for all
  float scale;
  float *y;
  ptrdiff_t resultStride;
  float *_Nullable logTotals;  // log₂ Σ 2^s of each query's s = scale · q kᵀ / ln 2
} HeadAttention;

/// The gradients of one head's q, k and v, from dy and from attention's y and logTotals; no aliasing.
typedef struct {
  const float *q, *k, *v, *y, *logTotals, *dy;
  ptrdiff_t stride;       // of q, k and their gradients
  ptrdiff_t valueStride;  // of v, y and theirs
  ptrdiff_t queries, keys, width, valueWidth;
  ptrdiff_t visible;  // as above
  float scale;
  float *dq, *dk, *dv;
} HeadAttentionGradient;

/// One picture's gradient, dx = a·dz + b·x + c by channel; z is before SiLU.
typedef struct {
  const float *x, *scale, *offset;
  bool silu;
  const float *dy, *a, *b, *c;
  float *dx;
  ptrdiff_t rows, channels;
} GroupNormGradient;

/// One step of AdamW over `count` numbers.
typedef struct {
  float *parameter, *moment1, *moment2;
  const float *gradient;
  ptrdiff_t count;
  float learningRate, beta1, beta2, epsilon, decay, correction1, correction2, gradientScale;
} AdamWUpdate;

/// A 6×6 window of a picture: rows top ..< bottom and columns left ..< right of it are inside the
/// picture, the rest counts as zero.
typedef struct {
  const float *corner;
  ptrdiff_t rowStride, pixelStride, channels;
  ptrdiff_t top, bottom, left, right;
} WinogradWindow;

/// The first `rows` × `columns` of a tile's 4×4 outputs, which lie inside the picture.
typedef struct {
  const float *m;
  ptrdiff_t plane, channels;
  const float *_Nullable bias;
  float *y;
  ptrdiff_t rowStride, pixelStride, rows, columns;
} WinogradOutput;

typedef struct {
  const char *name;  // "v4" (AVX-512), "v3" (AVX2 + FMA) or "baseline"

  // families/elementwise.c
  void (*add)(const float *a, const float *b, float *y, ptrdiff_t n);
  void (*subtract)(const float *a, const float *b, float *y, ptrdiff_t n);
  void (*multiply)(const float *a, const float *b, float *y, ptrdiff_t n);
  void (*affine)(const float *x, float scale, float offset, float *y, ptrdiff_t n);
  void (*addScaled)(const float *x, float scale, float *y, ptrdiff_t n);  // y += scale·x
  void (*clamp)(const float *x, float low, float high, float *y, ptrdiff_t n);
  void (*clampGradient)(const float *x, float low, float high, const float *dy, float *dx,
                        ptrdiff_t n);
  void (*signs)(const float *x, float *y, ptrdiff_t n);
  // row r of y = row r of x (+ or ·) v; v has `columns` values
  void (*addRow)(const float *x, const float *v, float *y, ptrdiff_t rows, ptrdiff_t columns);
  void (*multiplyRow)(const float *x, const float *v, float *y, ptrdiff_t rows, ptrdiff_t columns);
  void (*accumulateRows)(const float *x, float *sum, ptrdiff_t rows, ptrdiff_t columns);

  // families/square.c: y[c][r] = x[r][c]; no aliasing
  void (*transpose)(const float *x, ptrdiff_t rows, ptrdiff_t columns, float *y);

  // families/activations.c
  void (*exponential)(const float *x, float *y, ptrdiff_t n);
  void (*sigmoid)(const float *x, float *y, ptrdiff_t n);
  void (*elu)(const float *x, float *y, ptrdiff_t n);
  void (*eluGradient)(const float *y, const float *dy, float *dx, ptrdiff_t n);
  void (*silu)(const float *x, float *y, ptrdiff_t n);
  void (*siluGradient)(const float *x, const float *dy, float *dx, ptrdiff_t n);
  void (*gelu)(const float *x, float *y, ptrdiff_t n);
  void (*geluGradient)(const float *x, const float *dy, float *dx, ptrdiff_t n);
  void (*quickGelu)(const float *x, float *y, ptrdiff_t n);
  void (*quickGeluGradient)(const float *x, const float *dy, float *dx, ptrdiff_t n);
  // x holds rows of [value, gate], `half` each; y rows of value · gelu(gate)
  void (*geglu)(const float *x, float *y, ptrdiff_t rows, ptrdiff_t half);
  void (*gegluGradient)(const float *x, const float *dy, float *dx, ptrdiff_t rows,
                        ptrdiff_t half);

  // families/reductions.c
  double (*sum)(const float *x, ptrdiff_t n);
  double (*sumOfMagnitudes)(const float *x, ptrdiff_t n);
  double (*dot)(const float *a, const float *b, ptrdiff_t n);
  double (*squaredDistance)(const float *a, const float *b, ptrdiff_t n);
  // the bits that are set in any of n numbers without their signs, and in any of these plus `one`, as
  // integers; x may lie at any address
  void (*magnitudeBits)(const void *x, ptrdiff_t n, uint32_t one, uint32_t *bits,
                        uint32_t *carries);

  // families/softmax.c: each row in place; scores are multiplied by `scale` first
  void (*softmaxRows)(float *x, float scale, ptrdiff_t rows, ptrdiff_t columns);
  // p: probabilities, dp: their gradients, replaced by scale · (p ∘ (dp − Σ p·dp))
  void (*softmaxGradientRows)(const float *p, float *dp, float scale, ptrdiff_t rows,
                              ptrdiff_t columns);

  // families/products.c
  // Cuts a panel from the second factor of a product, b: [count, columns], or [columns, count] where it
  // is transposed, rows `stride` apart. panel: [count, panelWidth(columns)], zero beyond `columns`
  void (*panel)(const float *b, ptrdiff_t stride, int isTransposed, ptrdiff_t count,
                ptrdiff_t columns, float *panel);
  void (*panelProduct)(const PanelProduct *product);

  // families/attention.c; scratch: attentionScratch floats, 64-byte aligned
  void (*attention)(const HeadAttention *head, float *scratch);

  // families/attention_gradient.c; scratch: attentionGradientScratch floats, 64-byte aligned
  void (*attentionGradient)(const HeadAttentionGradient *head, float *scratch);

  // families/norms.c: statistics are {mean, 1/√(variance + ε)} pairs
  void (*layerNorm)(const float *x, const float *gamma, const float *beta, float epsilon, float *y,
                    float *statistics, ptrdiff_t rows, ptrdiff_t columns);
  // sums: [2, columns], to which the gradients of γ and β are added
  void (*layerNormGradient)(const float *x, const float *gamma, const float *statistics,
                            const float *dy, float *dx, float *sums, ptrdiff_t rows,
                            ptrdiff_t columns);
  // one picture [rows, channels] per call
  void (*groupSums)(const float *x, double *sums, ptrdiff_t rows, ptrdiff_t channels);
  void (*groupNorm)(const float *x, const float *scale, const float *offset, int silu, float *y,
                    ptrdiff_t rows, ptrdiff_t channels);
  void (*groupNormGradientSums)(const float *x, const float *scale, const float *offset, int silu,
                                const float *dy, double *sums, ptrdiff_t rows, ptrdiff_t channels);
  void (*groupNormGradient)(const GroupNormGradient *picture);

  // families/optimiser.c
  void (*adamW)(const AdamWUpdate *update);
  void (*interpolate)(float *average, const float *value, float weight, ptrdiff_t n);

  // families/winograd.c: one tile (or one channel's weights) per call. Transformed, it is 36 rows
  // of `channels`, `plane` floats apart. Strides of pictures and weights are in floats.
  void (*winogradInput)(const WinogradWindow *window, float *v, ptrdiff_t plane);
  void (*winogradOutput)(const WinogradOutput *output);
  // the same rows and columns of a tile's outputs
  void (*winogradOutputGradient)(const float *dy, ptrdiff_t rowStride, ptrdiff_t pixelStride,
                                 ptrdiff_t channels, ptrdiff_t rows, ptrdiff_t columns, float *v,
                                 ptrdiff_t plane);
  // w: rows of 3×3 kernels, `stride` apart; `flip` turns them by 180°. u: planes that are panels of
  // `rows`, [rows, panelWidth(channels)]; dw: [channels, 3, 3]
  void (*winogradWeight)(const float *w, ptrdiff_t rowStride, ptrdiff_t stride, ptrdiff_t rows,
                         ptrdiff_t channels, int flip, float *u, ptrdiff_t plane);
  void (*winogradWeightGradient)(const float *du, ptrdiff_t plane, ptrdiff_t channels, float *dw);

  // families/convert.c: storage types to and from fp32
  void (*fromHalf)(const uint16_t *x, float *y, ptrdiff_t n);
  void (*toHalf)(const float *x, uint16_t *y, ptrdiff_t n);
  void (*fromBFloat)(const uint16_t *x, float *y, ptrdiff_t n);
  void (*toBFloat)(const float *x, uint16_t *y, ptrdiff_t n);
} KernelTable;

/// A level's table, or null where this CPU cannot run it: for tests of every level.
const KernelTable *_Nullable kernelTableNamed(const char *name);

/// The table for this CPU; `PBE_CPU=v4|v3|baseline` lowers it, never raises it. (`emulated` leaves it as it
/// is; see Tiles.h.)
const KernelTable *kernelTable(void);

// Factors that are 16-bit brain floats, two to a word of 32 bits, the first in its lower half.

/// `PanelProduct` of whole vectors; strides and counts are of words. Where `a` is transposed, its rows are
/// paired, else its columns are.
typedef struct {
  const uint32_t *a;
  ptrdiff_t aStride;
  bool isTransposed;
  ptrdiff_t rows, pairs;
  const uint32_t *panel;
  ptrdiff_t panelStride;
  ptrdiff_t columns;
  const float *_Nullable start;
  bool adds;
  float *y;
  ptrdiff_t yStride;
} BFloatPanelProduct;

/// `HeadAttention` of at most ATTENTION_QUERIES queries and an even width. Keys hold pairs of channels,
/// `keyStride` words apart; values are rows paired by `rowPairs`, `valueStride` words apart.
typedef struct {
  const float *q;
  ptrdiff_t queryStride, queries;
  const uint32_t *k;
  ptrdiff_t keyStride;
  const uint32_t *v;
  ptrdiff_t valueStride, keys, width, valueWidth;
  float scale;
  float *y;
  ptrdiff_t resultStride;
  float *_Nullable logTotals;
} BFloatHeadAttention;

/// Kernels of such factors.
typedef struct {
  // families/bfloat.c
  void (*panelProduct)(const BFloatPanelProduct *product);

  // families/bfloat_attention.c
  /// Pairs each row with the next, element by element, an odd last one with zeros: [⌈rows/2⌉, width].
  void (*rowPairs)(const float *x, ptrdiff_t rows, ptrdiff_t width, uint32_t *y);
  /// scratch: (3/2 ATTENTION_KEYS + width / 2 + valueWidth) · ATTENTION_QUERIES floats
  void (*attention)(const BFloatHeadAttention *head, float *scratch);

  // families/bfloat_winograd.c
  /// v: planes of rows of panelWidth(channels) / 2 words.
  void (*winogradInput)(const WinogradWindow *window, uint32_t *v, ptrdiff_t plane);
  /// u: planes that are panels, [⌈rows / 2⌉, panelWidth(channels)] words.
  void (*winogradWeight)(const float *w, ptrdiff_t rowStride, ptrdiff_t stride, ptrdiff_t rows,
                         ptrdiff_t channels, int flip, uint32_t *u, ptrdiff_t plane);
} BFloatKernels;

/// Null where this CPU has no such instruction (avx512_bf16), or may not use it.
const BFloatKernels *_Nullable kernelBFloats(void);

#pragma clang assume_nonnull end
