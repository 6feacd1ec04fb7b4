#define _GNU_SOURCE
#include "Kernels.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#define HAS_TILES 1
#endif

// The kernels of tiles/ are included once for the instructions and once or twice for their emulation,
// which is ten times as fast where multiplications and additions fuse; the bits are the same. Nothing
// fuses unasked, or they would not be.
#pragma clang fp contract(off)

#ifdef HAS_TILES

// What the kernels need beside the tiles is what CPUs with tiles have.
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,f16c,avx512f,avx512vl,avx512bw,avx512dq,avx512cd,avx512bf16," \
                          "amx-tile,amx-bf16"))), \
    apply_to = function)

#define LEVEL amx
#include "tiles/all.c"
#include "tiles/end.h"
#pragma clang attribute pop

// Leaf 7's EDX has amx_bf16 (bit 22) and amx_tile (24). The system keeps tiles if bits 17 and 18 of XCR0
// are set, and lets a process have them that asks first; once for all threads, those that run already
// included. It refuses (ENOSPC) where a signal stack is too small for the 8 KB more.
static int hasTiles(void) {
  enum { askForPermission = 0x1023, tileData = 18 };
  uint32_t a, b, c, d, state, high;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d >> 22 & 1) == 0 || (d >> 24 & 1) == 0) return 0;
  if (!__builtin_cpu_supports("avx512bf16") || !__builtin_cpu_supports("avx512bw")) return 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || (c >> 27 & 1) == 0) return 0;
  __asm__("xgetbv" : "=a"(state), "=d"(high) : "c"(0));
  if ((state >> 17 & 3) != 3) return 0;
  return syscall(SYS_arch_prctl, askForPermission, tileData) == 0;
}

#endif

#define TILES_EMULATED

#if defined(__x86_64__)
#define LEVEL emulated_v3
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "tiles/all.c"
#include "tiles/end.h"
#pragma clang attribute pop
#endif

#define LEVEL emulated
#include "tiles/all.c"
#include "tiles/end.h"

const TileKernels *tileKernelsNamed(const char *name) {
#ifdef HAS_TILES
  static atomic_int known;  // 1: no, 2: yes; threads that ask at once find the same
  if (strcmp(name, "amx") == 0) {
    if (known == 0) known = hasTiles() ? 2 : 1;
    return known == 2 ? &table_amx : NULL;
  }
#endif
#if defined(__x86_64__)
  if (strcmp(name, "emulated-v3") == 0) {
    const int supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return supported ? &table_emulated_v3 : NULL;
  }
#endif
  return strcmp(name, "emulated") == 0 ? &table_emulated : NULL;
}

const TileKernels *tileKernels(void) {
  const char *limit = getenv("PBE_CPU");
  if (limit && kernelTableNamed(limit)) return NULL;  // a lower level
  if (!limit || strcmp(limit, "emulated") != 0) return tileKernelsNamed("amx");
  const TileKernels *emulation = tileKernelsNamed("emulated-v3");
  return emulation ? emulation : tileKernelsNamed("emulated");
}
