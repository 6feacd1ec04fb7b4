// AdamW in one pass, PyTorch's formula: decay first, then the step with bias-corrected moments.
#ifndef FAMILY_OPTIMISER
#define FAMILY_OPTIMISER

#include "vector.h"

static void KERNEL(adamW)(const AdamWUpdate *update) {
  float *const parameter = update->parameter;
  float *const moment1 = update->moment1, *const moment2 = update->moment2;
  const float *const gradient = update->gradient;
  const float learningRate = update->learningRate, decay = update->decay;
  const float beta1 = update->beta1, beta2 = update->beta2, epsilon = update->epsilon;
  const float gradientScale = update->gradientScale;
  const float step = learningRate / update->correction1;
  const float root = 1.0f / __builtin_sqrtf(update->correction2);
  for (ptrdiff_t i = 0, count = update->count; i < count; i++) {
    const float g = gradient[i] * gradientScale;
    const float m = moment1[i] + (1.0f - beta1) * (g - moment1[i]);
    const float v = beta2 * moment2[i] + (1.0f - beta2) * g * g;
    moment1[i] = m;
    moment2[i] = v;
    const float denominator = __builtin_elementwise_sqrt(v) * root + epsilon;
    parameter[i] = parameter[i] * (1.0f - learningRate * decay) - step * m / denominator;
  }
}

// average += weight·(value − average)
static void KERNEL(interpolate)(float *average, const float *value, float weight, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; i++) average[i] += weight * (value[i] - average[i]);
}

#endif
