#include "CMPI.h"

// SwiftPM wants a source beside a header; what the header describes is made by Sources/MPI/mpi.c.
typedef int NothingToCompile;
