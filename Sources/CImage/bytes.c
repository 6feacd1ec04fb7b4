#include "bytes.h"

#include <stdlib.h>
#include <string.h>

void cimage_free(CImageBytes *bytes) {
  free(bytes->bytes);
  *bytes = (CImageBytes){0};
}

int cimage_append(CImageBytes *target, const void *bytes, size_t count) {
  if (count > target->capacity - target->count) {
    size_t capacity = target->capacity * 2 + count + 4096;
    uint8_t *grown = realloc(target->bytes, capacity);
    if (!grown) return 0;
    target->bytes = grown;
    target->capacity = capacity;
  }
  memcpy(target->bytes + target->count, bytes, count);
  target->count += count;
  return 1;
}

int cimage_same_shape(CImageShape a, CImageShape b) {
  return a.width == b.width && a.height == b.height && a.channels == b.channels;
}
