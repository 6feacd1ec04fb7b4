// attention.c with 16-bit brain floats as factors: scores, weights' sums and results stay fp32. Pairs
// of channels make the scores; for the results pairs of keys, so that weights of two keys share a word.
#ifndef FAMILY_BFLOAT_ATTENTION
#define FAMILY_BFLOAT_ATTENTION

#include "attention.c"
#include "bfloat.c"
#include "vector.h"

// Rows two by two, element by element; an odd last row is paired with zeros.
static void bfloatRowPairs(const float *x, ptrdiff_t rows, ptrdiff_t width, uint32_t *y) {
  for (ptrdiff_t r = 0; r < rows; r += 2, x += 2 * width, y += width) {
    for (ptrdiff_t c = 0; c < width; c += 16) {
      const __mmask16 inside = width - c < 16 ? (__mmask16)((1u << (width - c)) - 1) : 0xFFFF;
      const __m512 low = _mm512_maskz_loadu_ps(inside, x + c);
      const __m512 high =
          _mm512_maskz_loadu_ps(r + 1 < rows ? inside : (__mmask16)0, x + width + c);
      _mm512_mask_storeu_epi32(y + c, inside, bfloatPair(low, high));
    }
  }
}

// Queries to words of two channels, 64 queries along the lanes.
static void bfloatTurn(const float *q, ptrdiff_t stride, ptrdiff_t queries, ptrdiff_t width,
                       float scale, uint32_t *turned) {
  float rows[2][ATTENTION_QUERIES];
  for (ptrdiff_t c = 0; c < width; c += 2, turned += ATTENTION_QUERIES) {
    for (ptrdiff_t r = 0; r < ATTENTION_QUERIES; r++) {
      rows[0][r] = r < queries ? scale * q[r * stride + c] : 0;
      rows[1][r] = r < queries ? scale * q[r * stride + c + 1] : 0;
    }
    for (ptrdiff_t l = 0; l < ATTENTION_QUERIES; l += 16) {
      _mm512_storeu_si512(
          turned + l, bfloatPair(_mm512_loadu_ps(rows[0] + l), _mm512_loadu_ps(rows[1] + l)));
    }
  }
}

// Weights [keys][query] to words of two keys.
static void bfloatWeights(const float *weights, ptrdiff_t keys, uint32_t *words) {
  for (ptrdiff_t j = 0; j < keys; j += 2) {
    for (ptrdiff_t l = 0; l < ATTENTION_QUERIES; l += 16) {
      const float *at = weights + j * ATTENTION_QUERIES + l;
      const __m512 second =
          j + 1 < keys ? _mm512_loadu_ps(at + ATTENTION_QUERIES) : _mm512_setzero_ps();
      _mm512_storeu_si512(words + j / 2 * ATTENTION_QUERIES + l,
                          bfloatPair(_mm512_loadu_ps(at), second));
    }
  }
}

static void bfloatAttention(const BFloatHeadAttention *head, float *scratch) {
  const ptrdiff_t queries = head->queries, keys = head->keys;
  const ptrdiff_t width = head->width, valueWidth = head->valueWidth;
  Pair *const k = head->k, *const v = head->v;
  const ptrdiff_t keyStride = head->keyStride, valueStride = head->valueStride;
  float *const y = head->y;
  const ptrdiff_t resultStride = head->resultStride;
  float *scores = scratch, *sums = scores + ATTENTION_KEYS * ATTENTION_QUERIES;
  uint32_t *turned = (uint32_t *)(sums + valueWidth * ATTENTION_QUERIES);
  uint32_t *words = turned + width / 2 * ATTENTION_QUERIES;
  Vector largest[4], total[4] = {{0}}, factor[4];
  for (int i = 0; i < 4; i++) largest[i] = (Vector){0} + LEAST_SCORE;
  bfloatTurn(head->q, head->queryStride, queries, width, 1.44269504f * head->scale, turned);
  for (ptrdiff_t first = 0; first < keys; first += ATTENTION_KEYS) {
    const ptrdiff_t count = keys - first < ATTENTION_KEYS ? keys - first : ATTENTION_KEYS;
    bfloatTiles(k + first * keyStride, keyStride, 1, count, width / 2, turned, ATTENTION_QUERIES, 4,
                NULL, 0, scores, ATTENTION_QUERIES);
    KERNEL(attentionWeights)((Vector *)scores, count, largest, total, factor);
    bfloatWeights(scores, count, words);
    for (ptrdiff_t i = 0; first > 0 && i < valueWidth * 4; i++) {
      ((Vector *)sums)[i] *= factor[i % 4];
    }
    bfloatTiles(v + first / 2 * valueStride, 1, valueStride, valueWidth, (count + 1) / 2, words,
                ATTENTION_QUERIES, 4, NULL, first > 0, sums, ATTENTION_QUERIES);
  }
  for (int i = 0; i < 4; i++) total[i] = KERNEL(attentionTotal)(largest[i], total[i]);
  for (ptrdiff_t r = 0; head->logTotals && r < queries; r++) {
    head->logTotals[r] = ((const float *)largest)[r] + __builtin_log2f(((const float *)total)[r]);
  }
  for (int i = 0; i < 4; i++) total[i] = 1.0f / total[i];
  for (ptrdiff_t r = 0; r < queries; r++) {
    for (ptrdiff_t c = 0; c < valueWidth; c++) {
      y[r * resultStride + c] = sums[c * ATTENTION_QUERIES + r] * ((const float *)total)[r];
    }
  }
}

#endif
