#define _GNU_SOURCE
#include "CThreads.h"

#include <sched.h>
#include <time.h>

int currentProcessor(void) { return sched_getcpu(); }

int allowedProcessors(void) {
  // The system refuses a set that is too small for the machine.
  for (int size = 1024; size <= 1 << 20; size *= 2) {
    cpu_set_t *allowed = CPU_ALLOC((size_t)size);
    if (allowed == NULL) return 0;
    const size_t bytes = CPU_ALLOC_SIZE((size_t)size);
    const int found =
        sched_getaffinity(0, bytes, allowed) == 0 ? CPU_COUNT_S(bytes, allowed) : 0;
    CPU_FREE(allowed);
    if (found > 0) return found;
  }
  return 0;
}

void leaveProcessor(int processor) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  // The system refuses an empty set, and moves the thread before it answers.
  if (sched_setaffinity(0, sizeof others, &others) != 0) return;
  sched_setaffinity(0, sizeof allowed, &allowed);
}

static _Thread_local int insideLoop;

int isInsideLoop(void) { return insideLoop; }
void setInsideLoop(int isInside) { insideLoop = isInside; }

static _Thread_local int recordingLoops;

int isRecordingLoops(void) { return recordingLoops; }
void setRecordingLoops(int isRecording) { recordingLoops = isRecording; }

double threadProcessorSeconds(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) return 0;
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
