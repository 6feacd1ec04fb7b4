// PNG, JPEG and colour profiles between memory and caller-owned pixels, over libpng, libjpeg-turbo,
// lcms2 and zlib.
//
// libpng and libjpeg report errors by longjmp, which may not cross Swift frames; it stays inside these
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

// The same of a file with 16 bits, in the machine's order.
int cimage_png_decode_deep(
    const uint8_t *file, size_t count, CImageShape shape, uint16_t *pixels, char *message);

// Of 1 to 4 channels, as above.
int cimage_png_encode(
    const uint8_t *pixels, CImageShape shape, CImageBytes *file, char *message);

// What `cimage_jpeg_decode` will produce: 1 grey, 3 RGB, 4 CMYK as stored.
int cimage_jpeg_shape(const uint8_t *file, size_t count, CImageShape *shape, char *message);

// Fails on damage that the library itself would paint over (truncation, bad codes, lost restarts).
int cimage_jpeg_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, char *message);

int cimage_jpeg_encode(
    const uint8_t *pixels, CImageShape shape, int quality, CImageBytes *file, char *message);

// The ICC profile of a JPEG, put together from its segments; no bytes if it has none.
int cimage_jpeg_profile(const uint8_t *file, size_t count, CImageBytes *icc, char *message);

// Colours, over lcms2: relative colorimetric with black-point compensation. A profile is given by its
// ICC bytes, and may be damaged.

// What a profile is good for.
typedef struct {
  int channels;       // 1 grey, 3 RGB, 4 CMYK
  int is_srgb;        // no colour moves by more than 1 of 255 on the way to sRGB
  int is_reversible;  // colours can be converted from sRGB to it
} CImageProfile;

int cimage_profile_read(
    const uint8_t *icc, size_t count, CImageProfile *profile, char *message);

// To 8-bit RGB. `samples` have the profile's channels and a depth of 8 or 16 bits in the machine's
// order; of CMYK, 255 is no ink.
int cimage_into_srgb(
    const uint8_t *icc, size_t count, const void *samples, int depth, size_t pixels, uint8_t *rgb,
    char *message);

// From 8-bit RGB to 8-bit samples.
int cimage_from_srgb(
    const uint8_t *icc, size_t count, const uint8_t *rgb, size_t pixels, uint8_t *samples,
    char *message);

// An RGB profile of x and y of white, red, green and blue (NULL for sRGB's), and of
// light = value ^ exponent (0 for sRGB's curve).
int cimage_profile_make(const double xy[8], double exponent, CImageBytes *icc, char *message);

// Of a profile for grey, the RGB profile in which three equal samples are that grey.
int cimage_profile_of_equals(
    const uint8_t *icc, size_t count, CImageBytes *rgb, char *message);

// Of zlib's format; at most `limit` bytes.
int cimage_inflate(
    const uint8_t *packed, size_t count, size_t limit, CImageBytes *bytes, char *message);

int cimage_deflate(const uint8_t *bytes, size_t count, CImageBytes *packed, char *message);
