// PNG and JPEG between memory and caller-owned pixels, over libpng and libjpeg-turbo.
//
// Both libraries report errors by longjmp, which may not cross Swift frames; it stays inside these
// functions. Nothing is ever printed: what a library says about a failure goes into `message`.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CIMAGE_MESSAGE_LENGTH 200

// 8-bit pixels, interleaved, row by row from the top left. `pixels` belongs to the caller.
typedef struct {
  int width;
  int height;
  int channels;
} CImageShape;

// Bytes that an encoder made, to be released with `cimage_free`.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} CImageBytes;

void cimage_free(CImageBytes *bytes);

// All functions return 1, or 0 with a message of at most CIMAGE_MESSAGE_LENGTH bytes.

// What `cimage_png_decode` will produce: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha. Reads up to
// the first pixel.
int cimage_png_shape(const uint8_t *file, size_t count, CImageShape *shape, char *message);

// Every depth and colour type becomes 8 bits per channel (16 bits keep the high byte); palettes
// become RGB, transparent colours an alpha channel.
int cimage_png_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, char *message);

int cimage_png_encode(
    const uint8_t *pixels, CImageShape shape, CImageBytes *file, char *message);

// What `cimage_jpeg_decode` will produce: 1 grey, 3 RGB, 4 CMYK as stored.
int cimage_jpeg_shape(const uint8_t *file, size_t count, CImageShape *shape, char *message);

// Fails on damage that the library itself would paint over (truncation, bad codes, lost restarts).
int cimage_jpeg_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, char *message);

int cimage_jpeg_encode(
    const uint8_t *pixels, CImageShape shape, int quality, CImageBytes *file, char *message);
