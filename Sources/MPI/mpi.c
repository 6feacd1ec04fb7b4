// The library that `make mpi` makes: MPI behind the table of Sources/CRanks. Standard calls only, so that
// Open MPI and MPICH, and whatever a cluster brings, serve alike.

#include <mpi.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "MPITable.h"

static int rankCount = 1;
static int ownRank;
/// What ranks on one machine share; MPI_WIN_NULL without.
static MPI_Win window = MPI_WIN_NULL;

/// Waits without taking the processor from ranks that work: MPI's own waiting would.
static void waitAsleep(MPI_Request *request) {
  struct timespec pause = {0, 20 * 1000};
  for (int tries = 0;; tries++) {
    int isDone = 0;
    MPI_Test(request, &isDone, MPI_STATUS_IGNORE);
    if (isDone) return;
    if (tries < 50) {
      sched_yield();
    } else {
      nanosleep(&pause, NULL);
      if (pause.tv_nsec < 1000 * 1000) pause.tv_nsec += pause.tv_nsec / 4;
    }
  }
}

/// Data moves while MPI is called, so this doesn't sleep; it lets others have the processor.
static void waitMoving(MPI_Request *request) {
  int isDone = 0;
  while (MPI_Test(request, &isDone, MPI_STATUS_IGNORE), !isDone) sched_yield();
}

static int32_t start(int32_t *rank, int32_t *count) {
  int level = 0;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS) return 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &ownRank);
  MPI_Comm_size(MPI_COMM_WORLD, &rankCount);
  *rank = ownRank;
  *count = rankCount;
  return level >= MPI_THREAD_FUNNELED;
}

static void meet(void) {
  if (window != MPI_WIN_NULL) MPI_Win_sync(window);
  MPI_Request request;
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  waitAsleep(&request);
  if (window != MPI_WIN_NULL) MPI_Win_sync(window);
}

/// Places of consecutive parts; to be freed.
static int *places(const int32_t *counts) {
  int *result = malloc(sizeof(int) * (size_t)rankCount);
  if (result == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
  for (int i = 0, place = 0; i < rankCount; i++) {
    result[i] = place;
    place += counts[i];
  }
  return result;
}

static void gather(const void *own, const int32_t *sizes, void *all) {
  int *at = places(sizes);
  MPI_Request request;
  MPI_Iallgatherv(
      own, sizes[ownRank], MPI_BYTE, all, sizes, at, MPI_BYTE, MPI_COMM_WORLD, &request);
  waitMoving(&request);
  free(at);
}

static void scatter(const float *from, const int32_t *sent, int32_t received, float *to) {
  int *sentAt = places(sent);
  int32_t *counts = malloc(sizeof(int32_t) * (size_t)rankCount);
  if (counts == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
  for (int i = 0; i < rankCount; i++) counts[i] = received;
  int *receivedAt = places(counts);
  MPI_Request request;
  MPI_Ialltoallv(
      from, sent, sentAt, MPI_FLOAT, to, counts, receivedAt, MPI_FLOAT, MPI_COMM_WORLD, &request);
  waitMoving(&request);
  free(sentAt);
  free(counts);
  free(receivedAt);
}

static void share(float *all, const int32_t *counts) {
  int *at = places(counts);
  MPI_Request request;
  MPI_Iallgatherv(
      MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, counts, at, MPI_FLOAT, MPI_COMM_WORLD, &request);
  waitMoving(&request);
  free(at);
}

static int32_t openWindow(int64_t count, float **ofRanks) {
  MPI_Comm machine;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, ownRank, MPI_INFO_NULL, &machine);
  int isShared = 0;
  MPI_Comm_size(machine, &isShared);
  isShared = isShared == rankCount;
  if (isShared) {
    float *own = NULL;
    // Little room in /dev/shm is no reason to fail: messages do, too.
    MPI_Comm_set_errhandler(machine, MPI_ERRORS_RETURN);
    isShared = MPI_Win_allocate_shared((MPI_Aint)(count * (int64_t)sizeof(float)), sizeof(float),
                                       MPI_INFO_NULL, machine, &own, &window) == MPI_SUCCESS;
    if (!isShared) window = MPI_WIN_NULL;
  }
  // All or none.
  int areAllShared = 0;
  MPI_Allreduce(&isShared, &areAllShared, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  for (int i = 0; areAllShared && i < rankCount; i++) {
    MPI_Aint size = 0;
    int unit = 0;
    MPI_Win_shared_query(window, i, &size, &unit, &ofRanks[i]);
  }
  if (areAllShared) {
    MPI_Win_lock_all(MPI_MODE_NOCHECK, window);
  } else if (isShared) {
    window = MPI_WIN_NULL;  // to free it would want all ranks
  }
  MPI_Comm_free(&machine);
  return areAllShared;
}

static void abortAll(int32_t exitCode) { MPI_Abort(MPI_COMM_WORLD, exitCode); }

static void finish(void) {
  meet();
  if (window != MPI_WIN_NULL) {
    MPI_Win_unlock_all(window);
    MPI_Win_free(&window);
  }
  MPI_Finalize();
}

__attribute__((visibility("default"))) const MPITable *pbeMPITable(void) {
  static const MPITable table = {
      .version = MPI_TABLE_VERSION,
      .start = start,
      .meet = meet,
      .gather = gather,
      .scatter = scatter,
      .share = share,
      .window = openWindow,
      .abort = abortAll,
      .finish = finish,
  };
  return &table;
}
