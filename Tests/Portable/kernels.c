// The kernels against double precision, in C alone: for processors that Swift's tests don't reach. Prints what is
// off, and ends with 1 then.
#include "Kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const KernelTable *table;
static int failures;

static float uniform(void) {
  static uint64_t state = 1;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (float)(int32_t)(state >> 32) / 2147483648.0f;
}

static float *filled(ptrdiff_t count) {
  float *numbers = aligned_alloc(64, (size_t)(count * 4 + 63) / 64 * 64);
  for (ptrdiff_t i = 0; i < count; i++) numbers[i] = uniform();
  return numbers;
}

// max|found − expected| / max|expected| must be at most `tolerance`.
static void expect(const char *what, const float *found, const double *expected, ptrdiff_t count,
                   double tolerance) {
  double error = 0, largest = 1e-30;
  for (ptrdiff_t i = 0; i < count; i++) {
    error = fmax(error, fabs(found[i] - expected[i]));
    if (isnan(found[i])) error = INFINITY;
    largest = fmax(largest, fabs(expected[i]));
  }
  const int isRight = error / largest <= tolerance;
  if (!isRight) failures++;
  printf("%-10s %-32s %.1e%s\n", table->name, what, error / largest, isRight ? "" : "  WRONG");
}

static void testProducts(ptrdiff_t rows, ptrdiff_t count, ptrdiff_t columns, bool isTransposed) {
  const ptrdiff_t width = panelWidth(columns);
  float *a = filled(rows * count), *b = filled(columns * count), *start = filled(columns);
  float *panel = filled(count * width), *y = filled(rows * columns);
  double *expected = calloc((size_t)(rows * columns), sizeof(double));
  for (ptrdiff_t i = 0; i < rows; i++) {
    for (ptrdiff_t j = 0; j < columns; j++) {
      double sum = start[j];
      for (ptrdiff_t k = 0; k < count; k++) {
        sum += (double)(isTransposed ? a[k * rows + i] : a[i * count + k]) * b[j * count + k];
      }
      expected[i * columns + j] = sum;
    }
  }
  table->panel(b, count, 1, count, columns, panel);
  const PanelProduct product = {
      .a = a, .aStride = isTransposed ? rows : count, .isTransposed = isTransposed, .rows = rows,
      .count = count, .b = panel, .bStride = width, .columns = columns, .start = start, .adds = false,
      .y = y, .yStride = columns};
  table->panelProduct(&product);
  expect(isTransposed ? "product, transposed" : "product", y, expected, rows * columns, 2e-6);
}

// Row-major softmax(scale · q kᵀ) of queries that see `visible`, `visible` + 1, … keys; `keys` for all.
static double *weights(const HeadAttention *h) {
  double *p = calloc((size_t)(h->queries * h->keys), sizeof(double));
  for (ptrdiff_t i = 0; i < h->queries; i++) {
    const ptrdiff_t visible = h->visible + i < h->keys ? h->visible + i : h->keys;
    double total = 0;
    for (ptrdiff_t j = 0; j < visible; j++) {
      double score = 0;
      for (ptrdiff_t c = 0; c < h->width; c++) {
        score += (double)h->q[i * h->queryStride + c] * h->k[j * h->keyStride + c];
      }
      total += p[i * h->keys + j] = exp(h->scale * score);
    }
    for (ptrdiff_t j = 0; j < visible; j++) p[i * h->keys + j] /= total;
  }
  return p;
}

static void testAttention(ptrdiff_t queries, ptrdiff_t keys, bool isCausal) {
  const ptrdiff_t width = 20, valueWidth = 24;
  float *y = filled(queries * valueWidth), *logTotals = filled(queries);
  float *scratch = filled(attentionScratch(width, valueWidth));
  const HeadAttention head = {
      .q = filled(queries * width), .queryStride = width, .queries = queries, .k = filled(keys * width),
      .keyStride = width, .v = filled(keys * valueWidth), .valueStride = valueWidth, .keys = keys,
      .width = width, .valueWidth = valueWidth, .visible = isCausal ? 1 : keys, .scale = 0.5f, .y = y,
      .resultStride = valueWidth, .logTotals = logTotals};
  table->attention(&head, scratch);
  const double *p = weights(&head);
  double *expected = calloc((size_t)(queries * valueWidth), sizeof(double));
  for (ptrdiff_t i = 0; i < queries; i++) {
    for (ptrdiff_t j = 0; j < keys; j++) {
      for (ptrdiff_t c = 0; c < valueWidth; c++) {
        expected[i * valueWidth + c] += p[i * keys + j] * head.v[j * valueWidth + c];
      }
    }
  }
  expect(isCausal ? "attention, causal" : "attention", y, expected, queries * valueWidth, 2e-6);
}

typedef void (*Unary)(const float *x, float *y, ptrdiff_t n);

static void testFunction(const char *name, Unary kernel, double (*function)(double), double scale) {
  const ptrdiff_t count = 1003;
  float *x = filled(count), *y = filled(count);
  double *expected = calloc((size_t)count, sizeof(double));
  for (ptrdiff_t i = 0; i < count; i++) {
    x[i] *= (float)scale;
    expected[i] = function(x[i]);
  }
  kernel(x, y, count);
  expect(name, y, expected, count, 1e-6);
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double silu(double x) { return x * sigmoid(x); }
static double gelu(double x) { return x * (1 + erf(x / sqrt(2))) / 2; }

static void testLayerNorm(void) {
  const ptrdiff_t rows = 5, columns = 77;
  float *x = filled(rows * columns), *gamma = filled(columns), *beta = filled(columns);
  float *y = filled(rows * columns), *statistics = filled(2 * rows);
  double *expected = calloc((size_t)(rows * columns), sizeof(double));
  for (ptrdiff_t r = 0; r < rows; r++) {
    double sum = 0, squares = 0;
    for (ptrdiff_t c = 0; c < columns; c++) sum += x[r * columns + c];
    for (ptrdiff_t c = 0; c < columns; c++) squares += pow(x[r * columns + c] - sum / columns, 2);
    for (ptrdiff_t c = 0; c < columns; c++) {
      const double unit = (x[r * columns + c] - sum / columns) / sqrt(squares / columns + 1e-5);
      expected[r * columns + c] = unit * gamma[c] + beta[c];
    }
  }
  table->layerNorm(x, gamma, beta, 1e-5f, y, statistics, rows, columns);
  expect("layer norm", y, expected, rows * columns, 2e-6);
}

static void testHalves(void) {
  const float x[4] = {1.0f, -2.5f, 65504.0f, 0.1f};
  const double half[4] = {1.0, -2.5, 65504.0, 0.0999755859375}, brain[4] = {1.0, -2.5, 65536.0, 0.10009765625};
  uint16_t stored[4];
  float back[4];
  table->toHalf(x, stored, 4);
  table->fromHalf(stored, back, 4);
  expect("half precision", back, half, 4, 0);
  table->toBFloat(x, stored, 4);
  table->fromBFloat(stored, back, 4);
  expect("brain floats", back, brain, 4, 0);
}

static void testAll(void) {
  for (int isTransposed = 0; isTransposed < 2; isTransposed++) {
    testProducts(7, 33, 64, isTransposed);
    testProducts(64, 640, 48, isTransposed);
  }
  testAttention(9, 100, false);
  testAttention(64, 64, true);
  testFunction("exp", table->exponential, exp, 80);
  testFunction("sigmoid", table->sigmoid, sigmoid, 20);
  testFunction("SiLU", table->silu, silu, 20);
  testFunction("GELU", table->gelu, gelu, 6);
  testLayerNorm();
  testHalves();
}

int main(void) {
  const char *levels[] = {"v4", "v3", "baseline"};
  for (int i = 0; i < 3; i++) {
    table = kernelTableNamed(levels[i]);
    if (table) testAll();
  }
  return failures > 0;
}
