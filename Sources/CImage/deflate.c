#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bytes.h"

// `window`: zlib's windowBits, which also say what is around the compressed data.
static int inflate_all(
    const uint8_t *packed, size_t count, int window, size_t limit, CImageBytes *bytes,
    char *message) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  const char *problem = NULL;
  if (count > UINT32_MAX || inflateInit2(&stream, window) != Z_OK) problem = "out of memory";
  int is_open = !problem;
  stream.next_in = (Bytef *)packed;
  stream.avail_in = (uInt)count;
  for (int status = Z_OK; !problem && status != Z_STREAM_END;) {
    uint8_t block[16384];
    stream.next_out = block;
    stream.avail_out = sizeof block;
    status = inflate(&stream, Z_NO_FLUSH);
    size_t made = sizeof block - stream.avail_out;
    if (status != Z_OK && status != Z_STREAM_END) {
      problem = "damaged compressed data";
    } else if (made > limit - bytes->count) {
      problem = "too many bytes";
    } else if (!cimage_append(bytes, block, made)) {
      problem = "out of memory";
    }
  }
  if (is_open) inflateEnd(&stream);
  if (!problem) return 1;
  snprintf(message, CIMAGE_MESSAGE_LENGTH, "%s", problem);
  cimage_free(bytes);
  return 0;
}

int cimage_inflate(
    const uint8_t *packed, size_t count, size_t limit, CImageBytes *bytes, char *message) {
  return inflate_all(packed, count, MAX_WBITS, limit, bytes, message);
}

int cimage_gunzip(
    const uint8_t *packed, size_t count, size_t limit, CImageBytes *bytes, char *message) {
  return inflate_all(packed, count, MAX_WBITS + 16, limit, bytes, message);
}

int cimage_deflate(const uint8_t *bytes, size_t count, CImageBytes *packed, char *message) {
  uLongf size = compressBound((uLong)count);
  *packed = (CImageBytes){.bytes = malloc(size), .capacity = size};
  if (packed->bytes && compress2(packed->bytes, &size, bytes, (uLong)count, 9) == Z_OK) {
    packed->count = size;
    return 1;
  }
  snprintf(message, CIMAGE_MESSAGE_LENGTH, "out of memory");
  cimage_free(packed);
  return 0;
}
