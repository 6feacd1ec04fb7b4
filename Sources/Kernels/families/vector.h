// What families share. They are compiled once for each LEVEL, with REGISTER_LANES floats in a register;
// a family includes whatever it uses, in any order. Its guard admits it once a level, until end.h.
#ifndef FAMILY_VECTOR
#define FAMILY_VECTOR

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../level.h"
#include "Kernels.h"

// Independent partial sums of a row: loops over them vectorise without -ffast-math.
#define PARTIAL_SUMS 16

// Squares whose rows and columns are exchanged in registers.
#define SIDE 16
#define Row KERNEL(Row)
#define LooseRow KERNEL(LooseRow)
typedef float Row __attribute__((vector_size(4 * SIDE)));
typedef float LooseRow __attribute__((vector_size(4 * SIDE), aligned(4)));

// A tile of registers. 6 rows of 4 vectors fill the 32 registers of AVX-512, 6 rows of 2 the 16 of AVX2;
// where columns are few, 12 rows of half as many vectors.
#define LANES REGISTER_LANES
#define VECTORS (LANES == 16 ? 4 : 2)
#define TILE_HEIGHT 6
#define COLUMNS (LANES * VECTORS)  // of a tile
#define LINE 16                    // floats in a line of the cache
#define Vector KERNEL(Vector)
#define Bits KERNEL(Bits)
typedef float Vector __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t Bits __attribute__((vector_size(4 * LANES), aligned(4)));

// Runs a statement for each vector v of each row i of such a tile, `rows` × `vectors`, both constant: it
// stays in registers only if nothing is left of the loops.
#define FOR_TILE(statement)                      \
  _Pragma("clang loop unroll(full)")             \
  for (ptrdiff_t i = 0; i < rows; i++) {         \
    _Pragma("clang loop unroll(full)")           \
    for (int v = 0; v < vectors; v++) statement; \
  }

#endif
