#pragma once

#include <stdint.h>

// What we use of MPI, as `make mpi` makes it of Sources/MPI with whichever MPI is installed. The
// programs open that library when a launcher has started them, so that they need no MPI otherwise.
//
// MPI ends all ranks where a call of it fails. All calls come from the thread that called `start`.

/// Changes with the table.
#define MPI_TABLE_VERSION 1

typedef struct {
  int32_t version;
  /// Joins the other ranks. False, and then with nothing joined, where MPI cannot start.
  int32_t (*start)(int32_t *rank, int32_t *count);
  /// Waits for all ranks, asleep; what they have written to a window is then seen.
  void (*meet)(void);
  /// Gives every rank what each has: `sizes` bytes, in the order of the ranks.
  void (*gather)(const void *own, const int32_t *sizes, void *all);
  /// Sends to each rank the floats that are its: `sent[i]` to rank i, `received` from each.
  void (*scatter)(const float *from, const int32_t *sent, int32_t received, float *to);
  /// Gives every rank the floats of all: `counts`, in the order of the ranks; its own are in place.
  void (*share)(float *all, const int32_t *counts);
  /// Memory that all ranks see, `count` floats of each, where all are on one machine; else false.
  int32_t (*window)(int64_t count, float **ofRanks);
  /// Ends all ranks, this one included.
  void (*abort)(int32_t exitCode);
  /// Leaves, once all ranks are here.
  void (*finish)(void);
} MPITable;

/// The only symbol of the library: of type `const MPITable *(void)`.
#define MPI_TABLE_SYMBOL "pbeMPITable"
