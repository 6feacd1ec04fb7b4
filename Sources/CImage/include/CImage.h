// Pictures and colour profiles between memory and caller-owned pixels: PNG, JPEG, WebP and TIFF over
// libpng, libjpeg-turbo, libwebp and libtiff; the first two also back into files; lcms2 and zlib.
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

// What a file says of itself before its pixels.
typedef struct {
  CImageShape shape;  // what decoding will produce
  int orientation;    // 1…8 as EXIF counts; 1, upright, where the file says nothing of use
  int pictures;       // frames or pages; the first is decoded
} CImageHeader;

// What a picture lost that was decoded all the same.
typedef struct {
  int is_cut_short;  // the file ends before the picture does
  int missing_rows;  // rows at the bottom that are made up, or coarser than they should be
} CImageLoss;

// Bytes that an encoder made, to be released with `cimage_free`.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} CImageBytes;

void cimage_free(CImageBytes *bytes);

// All functions return 1, or 0 with a message of at most CIMAGE_MESSAGE_LENGTH bytes. A message that
// begins with "Unsupported" is of a file that is sound.

// Channels: 1 grey, 2 grey + alpha, 3 RGB, 4 RGB + alpha. Reads up to the first pixel.
int cimage_png_header(const uint8_t *file, size_t count, CImageHeader *header, char *message);

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

// Channels: 1 grey, 3 RGB, 4 CMYK as stored. Reads up to the first pixel.
int cimage_jpeg_header(const uint8_t *file, size_t count, CImageHeader *header, char *message);

// Damage that the library gets over leaves a message, its first, beside a return of 1. If all rows
// would be made up, it fails.
int cimage_jpeg_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, CImageLoss *loss,
    char *message);

int cimage_jpeg_encode(
    const uint8_t *pixels, CImageShape shape, int quality, CImageBytes *file, char *message);

// Channels: 3 RGB, 4 RGB + alpha. An animation has the size of its canvas.
int cimage_webp_header(const uint8_t *file, size_t count, CImageHeader *header, char *message);

// Of an animation the first frame, transparent beside it.
int cimage_webp_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, char *message);

// Channels: 1 grey, 3 RGB, 4 RGB + alpha.
int cimage_tiff_header(const uint8_t *file, size_t count, CImageHeader *header, char *message);

// Every depth, palette, ink and compression that libtiff makes RGB of; the first page.
int cimage_tiff_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, char *message);

// The ICC profile of a WebP; no bytes if it has none.
int cimage_webp_profile(const uint8_t *file, size_t count, CImageBytes *icc, char *message);

// The ICC profile of a TIFF; no bytes if it has none.
int cimage_tiff_profile(const uint8_t *file, size_t count, CImageBytes *icc, char *message);

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

// The same of gzip's format, one member.
int cimage_gunzip(
    const uint8_t *packed, size_t count, size_t limit, CImageBytes *bytes, char *message);

int cimage_deflate(const uint8_t *bytes, size_t count, CImageBytes *packed, char *message);
