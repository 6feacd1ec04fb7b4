#include "Kernels.h"

#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Each family is included once per instruction set under a `target` attribute, so that the same
// plain loops are vectorised for each. The features are listed one by one because
// `arch=x86-64-v4` keeps clang to 256-bit registers.

#if defined(__x86_64__)
#define LEVEL v4
#define REGISTER_LANES 16
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512vl,avx512bw,avx512dq,avx512cd"))), \
    apply_to = function)
#include "families/all.c"
#pragma clang attribute pop

// All that v4 has, so that its inline functions can be used.
#pragma clang attribute push( \
    __attribute__((target( \
        "avx2,fma,f16c,avx512f,avx512vl,avx512bw,avx512dq,avx512cd,avx512bf16"))), \
    apply_to = function)
#include "families/all_bfloat.c"
#pragma clang attribute pop
#include "families/end.h"

#define LEVEL v3
#define REGISTER_LANES 8
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "families/all.c"
#pragma clang attribute pop
#include "families/end.h"
#endif

#define LEVEL baseline
#define REGISTER_LANES 4
#include "families/all.c"
#include "families/end.h"

#if defined(__x86_64__)
// How much of x86-64 this CPU has: 4 (AVX-512), 3 (AVX2 + FMA) or 2.
static int supportedLevel(void) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 2;
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
             ? 4
             : 3;
}
#endif

const KernelTable *kernelTableNamed(const char *name) {
#if defined(__x86_64__)
  if (strcmp(name, "v4") == 0) return supportedLevel() >= 4 ? &table_v4 : NULL;
  if (strcmp(name, "v3") == 0) return supportedLevel() >= 3 ? &table_v3 : NULL;
#endif
  return strcmp(name, "baseline") == 0 ? &table_baseline : NULL;
}

const KernelTable *kernelTable(void) {
  const char *limit = getenv("PBE_CPU");
  const KernelTable *table = limit ? kernelTableNamed(limit) : NULL;
  if (!table) table = kernelTableNamed("v4");
  if (!table) table = kernelTableNamed("v3");
  return table ? table : &table_baseline;
}

const BFloatKernels *kernelBFloats(void) {
#if defined(__x86_64__)
  if (kernelTable() == &table_v4 && __builtin_cpu_supports("avx512bf16")) return &bfloatTable;
#endif
  return NULL;
}
