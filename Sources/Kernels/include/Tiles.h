#pragma once
#include <stddef.h>
#include <stdint.h>

// Products of 16-bit brain floats by the tiles of Intel's AMX, summed in fp32. Plain C, single-threaded,
// no allocation. The same sources are built on the instructions and on their emulation, which gives the
// same bits on every machine.
//
// A step of a product loads two tiles of each factor, 32 × 32 numbers:
//   rows    the first factor, as its rows lie: each is whole blocks of 32 numbers, zero beyond its size
//   strips  the second: [⌈columns/32⌉][⌈count/32⌉][pieces][2 halves][16 pairs][16 columns][2], zero beyond
//           its sizes; a pair is two neighbours in the direction of the sum
//
// Pieces: a number as the sum of one or two brain floats, the second the rounded rest of the first, so of
// 8 or 17 bits. Of two pieces three products count; the fourth is too small (Henry, Tang & Heinecke,
// arXiv:1904.06376).

#pragma clang assume_nonnull begin

/// Numbers in a row of a block, and rows of the first factor that meet a strip at once.
#define TILE_BLOCK 32
/// Rows, or columns, of a single tile.
#define TILE_ROWS 16

static inline ptrdiff_t tileBlocks(ptrdiff_t n) { return (n + TILE_BLOCK - 1) / TILE_BLOCK; }

/// Strips that meet a part of the rows before the next part: their sums stay in the second level.
#define TILE_STRIPS 8
/// The most rows of one product: with 640 numbers of each they stay in the second-level cache.
#define TILE_PRODUCT_ROWS 512
/// Keys that attention visits at a time: 32 KB of scores.
#define TILE_KEYS 256

/// Where the first factor of a product lies, tile by tile: in the rows of a matrix, or in a picture, of
/// which each segment of a convolution's sum is a shifted view. Offsets and strides are bytes. All 16
/// rows of a tile are read, also where fewer count.
typedef struct {
  const void *start;
  const ptrdiff_t *tiles;     // each 16 rows begin there
  ptrdiff_t row;              // from a row to the next of these 16
  const ptrdiff_t *segments;  // each part of the sum begins there
  ptrdiff_t segmentCount;
  ptrdiff_t blocks;  // of 32 numbers, in a segment
  ptrdiff_t piece;   // from a number's first piece to its second
} TileFactor;

typedef enum {
  TILE_IDENTITY = 0,
  TILE_GELU = 1,
  TILE_QUICK_GELU = 2,
  /// A strip's first 16 columns are values, its others their gates; 16 columns of value · gelu(gate)
  /// are written.
  TILE_GEGLU = 3,
} TileActivation;

/// What becomes of the sums: y = activation(sums + start) (+ plus), as fp32 or rounded to pieces.
typedef struct {
  float *_Nullable y;
  uint16_t *_Nullable rounded;  // instead of y; rows are whole blocks
  ptrdiff_t piece;              // from a number's first piece to its second; both counted in numbers
  int pieces;
  const ptrdiff_t *tiles;  // each 16 rows begin there
  ptrdiff_t row;           // from a row to the next; both in numbers
  const float *_Nullable start;  // a number for each column of whole strips
  const float *_Nullable plus;   // laid out as y
  TileActivation activation;
  int streams;  // past the caches, for results that outgrow them: 64-byte aligned rows of fp32
} TileResult;

/// softmax(scale · q kᵀ) v of one head and at most 32 queries, as fp32 or rounded instead. Rows of q are
/// brain floats; k and v are packed by `packKeys` and `packValues`.
typedef struct {
  const uint16_t *q;
  ptrdiff_t queryStride, queries;
  const uint16_t *k, *v;
  ptrdiff_t keys, width, valueWidth;
  float scale;
  float *_Nullable y;
  uint16_t *_Nullable rounded;
  ptrdiff_t resultStride;
  float *_Nullable logTotals;  // log₂ Σ 2^s of each query's s = scale · q kᵀ / ln 2
} TileAttention;

/// The gradients of one head's attention. Rows of q, k and v are brain floats; dv and y are as far apart
/// as dy, and dk as dq.
typedef struct {
  const uint16_t *q, *k, *v;
  ptrdiff_t queryStride, keyStride, valueStride;
  ptrdiff_t queries, keys, width, valueWidth;
  float scale;
  const float *y, *dy, *logTotals;
  ptrdiff_t resultStride;
  float *dq, *dk, *dv;
  ptrdiff_t gradientStride;
} TileAttentionGradient;

typedef struct {
  /// fp32 rows to rows of whole blocks. The strides of results are of numbers.
  void (*round)(const float *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t count, int pieces,
                uint16_t *y, ptrdiff_t yStride, ptrdiff_t piece);
  /// Half a strip, at most 16 columns of fp32 [count, columns], or [columns, count] where it is
  /// transposed, rows `stride` apart.
  void (*halfStrip)(const float *x, ptrdiff_t stride, int isTransposed, ptrdiff_t count,
                    ptrdiff_t columns, int pieces, uint16_t *y);

  /// The same of rows of brain floats, [count, columns].
  void (*halfStripOfRows)(const uint16_t *x, ptrdiff_t stride, ptrdiff_t count, ptrdiff_t columns,
                          uint16_t *y);
  /// Rows of brain floats, [rows, columns], to their columns: y[c][r], r in whole blocks, zero beyond.
  void (*turnRows)(const uint16_t *x, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t columns,
                   uint16_t *y, ptrdiff_t yStride);

  /// The product of at most TILE_PRODUCT_ROWS rows and some strips' columns.
  /// scratch: tileProductScratch(rows) floats, 64-byte aligned
  void (*product)(const TileFactor *a, ptrdiff_t rows, const uint16_t *strips, ptrdiff_t columns,
                  int pieces, const TileResult *y, float *scratch);

  /// Keys and values of one head as `attention` wants them, from rows of brain floats: blocks of 32 keys
  /// [⌈keys/32⌉][⌈width/32⌉][32 keys][32], blocks of 32 channels [⌈width/32⌉][⌈keys/32⌉][32][32 keys].
  void (*packKeys)(const uint16_t *k, ptrdiff_t stride, ptrdiff_t keys, ptrdiff_t width,
                   uint16_t *y);
  void (*packValues)(const uint16_t *v, ptrdiff_t stride, ptrdiff_t keys, ptrdiff_t width,
                     uint16_t *y);
  /// scratch: tileAttentionScratch floats, 64-byte aligned
  void (*attention)(const TileAttention *head, float *scratch);
  /// scratch: tileAttentionGradientScratch floats, 64-byte aligned
  void (*attentionGradient)(const TileAttentionGradient *head, float *scratch);
} TileKernels;

static inline ptrdiff_t tileProductScratch(ptrdiff_t rows) {
  return (TILE_STRIPS * tileBlocks(rows) + 2) * TILE_BLOCK * TILE_BLOCK;
}

static inline ptrdiff_t tileAttentionScratch(ptrdiff_t width, ptrdiff_t valueWidth) {
  return TILE_KEYS * TILE_BLOCK * 3 / 2
         + (tileBlocks(valueWidth) + tileBlocks(width)) * TILE_BLOCK * TILE_BLOCK;
}

static inline ptrdiff_t tileAttentionGradientScratch(ptrdiff_t queries, ptrdiff_t keys,
                                                     ptrdiff_t width, ptrdiff_t valueWidth) {
  const ptrdiff_t rows = tileBlocks(queries), columns = tileBlocks(keys);
  const ptrdiff_t steps = tileBlocks(width), valueSteps = tileBlocks(valueWidth);
  const ptrdiff_t packed = columns * (2 * steps + valueSteps) + rows * (2 * steps + 3 * valueSteps);
  const ptrdiff_t some = TILE_KEYS / TILE_BLOCK;
  const ptrdiff_t sums = rows * steps + some * (steps + valueSteps) + 2 * some + 6 * some;
  return (packed / 2 + 1 + sums) * TILE_BLOCK * TILE_BLOCK + 2 * rows * TILE_BLOCK;
}

/// The tiles of this CPU, the emulation where `PBE_CPU=emulated`, or null: CPU and system are asked
/// once, and the system for permission. `PBE_CPU=v4` and lower levels leave tiles out.
const TileKernels *_Nullable tileKernels(void);

/// A build, whatever PBE_CPU says: "amx", "emulated-v3" (for AVX2 and FMA) or "emulated"; null where this
/// machine cannot run it.
const TileKernels *_Nullable tileKernelsNamed(const char *name);

#pragma clang assume_nonnull end
