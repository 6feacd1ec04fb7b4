#pragma once

// What a pool of threads asks of the processor and the system.

/// Tells the processor that the loop around this only waits.
static inline void spinPause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// The number of the processor that the calling thread is on; −1 where the system doesn't tell.
int currentProcessor(void);

/// Processors that the calling thread may be on; 0 where the system doesn't tell.
int allowedProcessors(void);

/// Moves the calling thread to another processor, if it may use another. It may come back later.
void leaveProcessor(int processor);

/// Whether the calling thread is inside a parallel loop.
int isInsideLoop(void);
void setInsideLoop(int isInside);

/// Whether the calling thread's loops are recorded.
int isRecordingLoops(void);
void setRecordingLoops(int isRecording);

/// Seconds of processor time that the calling thread has taken.
double threadProcessorSeconds(void);
