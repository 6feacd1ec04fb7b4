// Shows ThreadSanitizer what Swift's Mutex orders: it stands before Synchronization (LD_PRELOAD).
//
// An uncontended lock is compiled into the caller, where the sanitizer sees its atomics. A contended one is taken and
// given by the kernel inside of Swift's own library, which is not built for the sanitizer: without this, whatever a
// Mutex protects would look like a race now and then.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// The sanitizer's own, in a program that is built for it (`swift test` itself is not).
void __tsan_acquire(void *address) __attribute__((weak));
void __tsan_release(void *address) __attribute__((weak));

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define HANDLE __attribute__((swift_context)) void *handle

SWIFT void lock(uint32_t thread, HANDLE) __asm__(LOCK);
SWIFT void unlock(HANDLE) __asm__(UNLOCK);

SWIFT void lock(uint32_t thread, HANDLE) {
    typedef SWIFT void Lock(uint32_t thread, HANDLE);
    ((Lock *)dlsym(RTLD_NEXT, LOCK))(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT void unlock(HANDLE) {
    typedef SWIFT void Unlock(HANDLE);
    if (__tsan_release) __tsan_release(handle);
    ((Unlock *)dlsym(RTLD_NEXT, UNLOCK))(handle);
}
