#define _GNU_SOURCE
#include "CThreads.h"

#include <sched.h>

int currentProcessor(void) { return sched_getcpu(); }

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
