// Names of what is compiled once for each instruction set, or build, which LEVEL names.
#pragma once

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define KERNEL(name) JOIN(name, LEVEL)

#define INLINE static inline __attribute__((always_inline))
