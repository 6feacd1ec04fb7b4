// AdamW in one pass, PyTorch's formula: decay first, then the step with bias-corrected moments.
static void KERNEL(adamW)(float *parameter, float *moment1, float *moment2, const float *gradient,
                          ptrdiff_t n, float learningRate, float beta1, float beta2, float epsilon,
                          float decay, float correction1, float correction2,
                          float gradientScale) {
  const float step = learningRate / correction1;
  const float root = 1.0f / __builtin_sqrtf(correction2);
  for (ptrdiff_t i = 0; i < n; i++) {
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
