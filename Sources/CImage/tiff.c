#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "bytes.h"

// What one request for memory may be: the largest strip of a picture that a caller may want.
static const tmsize_t MAXIMUM_ALLOCATION = (tmsize_t)1 << 32;

// Pages that are looked at to tell a second picture from a smaller copy of the first.
enum { PAGES_LOOKED_AT = 16 };

typedef struct {
  const uint8_t *bytes;
  toff_t count;
  toff_t position;
  char *message;
  int is_cut_short;
} Source;

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t count) {
  Source *source = handle;
  toff_t rest = source->position < source->count ? source->count - source->position : 0;
  if ((toff_t)count > rest) count = (tmsize_t)rest;
  memcpy(target, source->bytes + source->position, (size_t)count);
  source->position += (toff_t)count;
  return count;
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t count) {
  (void)handle, (void)bytes, (void)count;
  return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
  Source *source = handle;
  toff_t start = whence == SEEK_CUR ? source->position : whence == SEEK_END ? source->count : 0;
  source->position = start + offset;
  return source->position;
}

static toff_t size(thandle_t handle) { return ((Source *)handle)->count; }

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

// Keeps the first complaint, which is nearest to the cause.
static int failed(TIFF *tiff, void *data, const char *module, const char *format, va_list list) {
  (void)tiff, (void)module;
  Source *source = data;
  if (!*source->message) vsnprintf(source->message, CIMAGE_MESSAGE_LENGTH, format, list);
  return 1;
}

// Most warnings are of tags that the library does not know. But without its palette, which lies
// beyond the end of a file cut short, a picture would silently be grey.
static int warned(TIFF *tiff, void *data, const char *module, const char *format, va_list list) {
  Source *source = data;
  if (strncmp(format, "IO error", strlen("IO error"))) return 1;
  source->is_cut_short = 1;
  return failed(tiff, data, module, format, list);
}

static TIFF *open_file(Source *source) {
  source->message[0] = 0;
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return NULL;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, MAXIMUM_ALLOCATION);
  TIFFOpenOptionsSetErrorHandlerExtR(options, failed, source);
  TIFFOpenOptionsSetWarningHandlerExtR(options, warned, source);
  TIFF *tiff = TIFFClientOpenExt(
      "", "rm", source, read_bytes, write_nothing, seek, close_nothing, size, NULL, NULL, options);
  TIFFOpenOptionsFree(options);
  if (!tiff || !source->is_cut_short) return tiff;
  TIFFClose(tiff);
  return NULL;
}

static int refuse(char *message, const char *text) {
  snprintf(message, CIMAGE_MESSAGE_LENGTH, "%s", text);
  return 0;
}

static int is_smaller_copy(TIFF *tiff) {
  uint32_t kind = 0;
  TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind);
  return (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0;
}

// Samples beside the colours.
typedef struct {
  uint16_t count;
  uint16_t first;  // what the first one is
} Extra;

static Extra extra_samples(TIFF *tiff) {
  Extra extra = {0, EXTRASAMPLE_UNSPECIFIED};
  uint16_t *kinds = NULL;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &extra.count, &kinds) && extra.count > 0 && kinds)
    extra.first = kinds[0];
  return extra;
}

static int has_alpha(TIFF *tiff) {
  uint16_t kind = extra_samples(tiff).first;
  return kind == EXTRASAMPLE_ASSOCALPHA || kind == EXTRASAMPLE_UNASSALPHA;
}

// 0 with a message where the library would leave something out without a word.
static int find_shape(TIFF *tiff, CImageShape *shape, char *message) {
  uint32_t width = 0, height = 0;
  uint16_t photometric = PHOTOMETRIC_RGB, bits = 1;
  void *version = NULL;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
    return refuse(message, "no valid size");
  if (is_smaller_copy(tiff) || TIFFGetField(tiff, TIFFTAG_DNGVERSION, &version))
    return refuse(message, "Unsupported: its first picture is a preview, as in camera raw files");
  int is_grey = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
  if (is_grey && has_alpha(tiff) && bits > 8)
    return refuse(message, "Unsupported: grey of more than 8 bits with transparency");
  *shape = (CImageShape){(int)width, (int)height, has_alpha(tiff) ? 4 : is_grey ? 1 : 3};
  return 1;
}

static int count_pictures(TIFF *tiff) {
  for (int page = 1; page < PAGES_LOOKED_AT && TIFFReadDirectory(tiff); page++)
    if (!is_smaller_copy(tiff)) return (int)TIFFNumberOfDirectories(tiff);
  return 1;
}

int cimage_tiff_header(const uint8_t *file, size_t count, CImageHeader *header, char *message) {
  Source source = {.bytes = file, .count = count, .message = message};
  TIFF *tiff = open_file(&source);
  if (!tiff) return 0;
  uint16_t orientation = ORIENTATION_TOPLEFT;
  TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation);
  *header = (CImageHeader){.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1};
  int succeeded = find_shape(tiff, &header->shape, message);
  if (succeeded) header->pictures = count_pictures(tiff);
  TIFFClose(tiff);
  return succeeded;
}

// The library multiplies colours by an alpha that stands beside them, which cannot be undone in
// 8 bits; it leaves them alone when told that this was done.
static int keep_colours_beside_alpha(TIFF *tiff, Extra extra) {
  uint16_t *kinds = calloc(extra.count, sizeof *kinds);
  if (!kinds) return 0;
  kinds[0] = EXTRASAMPLE_ASSOCALPHA;
  int succeeded = TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, extra.count, kinds);
  free(kinds);
  return succeeded;
}

static uint8_t without_alpha(uint32_t value, uint32_t alpha) {
  if (alpha == 0 || alpha == 255) return (uint8_t)value;
  uint32_t full = 255 * value / alpha;
  return (uint8_t)(full > 255 ? 255 : full);
}

static void unpack(
    const uint32_t *packed, size_t count, int channels, int is_multiplied, uint8_t *pixels) {
  for (size_t i = 0; i < count; i++, pixels += channels) {
    uint32_t alpha = is_multiplied ? TIFFGetA(packed[i]) : 255;
    pixels[0] = without_alpha(TIFFGetR(packed[i]), alpha);
    if (channels == 1) continue;
    pixels[1] = without_alpha(TIFFGetG(packed[i]), alpha);
    pixels[2] = without_alpha(TIFFGetB(packed[i]), alpha);
    if (channels == 4) pixels[3] = (uint8_t)TIFFGetA(packed[i]);
  }
}

// Decodes by rows of tiles or by strips, which are compressed as wholes.
static int decode_bands(
    TIFFRGBAImage *reader, CImageShape shape, int is_multiplied, uint8_t *pixels, char *message) {
  uint32_t rows = 0, height = (uint32_t)shape.height, width = (uint32_t)shape.width;
  if (TIFFIsTiled(reader->tif))
    TIFFGetField(reader->tif, TIFFTAG_TILELENGTH, &rows);
  else
    TIFFGetFieldDefaulted(reader->tif, TIFFTAG_ROWSPERSTRIP, &rows);
  if (rows == 0 || rows > height) rows = height;
  uint32_t *packed = malloc((size_t)rows * width * sizeof *packed);
  if (!packed) return refuse(message, "out of memory");
  int succeeded = 1;
  for (uint32_t y = 0; succeeded && y < height; y += rows) {
    uint32_t count = rows < height - y ? rows : height - y;
    reader->row_offset = (int)y;
    reader->col_offset = 0;
    succeeded = TIFFRGBAImageGet(reader, packed, width, count);
    if (succeeded)
      unpack(
          packed, (size_t)count * width, shape.channels, is_multiplied,
          pixels + (size_t)y * width * shape.channels);
  }
  free(packed);
  if (!succeeded && !*message) return refuse(message, "its pixels cannot be decoded");
  return succeeded;
}

static int decode(TIFF *tiff, CImageShape shape, uint8_t *pixels, char *message) {
  CImageShape found;
  if (!find_shape(tiff, &found, message)) return 0;
  if (!cimage_same_shape(found, shape))
    return refuse(message, "the picture is not of the announced size");
  Extra extra = extra_samples(tiff);
  int is_multiplied = extra.first == EXTRASAMPLE_ASSOCALPHA;
  if (extra.first == EXTRASAMPLE_UNASSALPHA && !keep_colours_beside_alpha(tiff, extra))
    return refuse(message, "out of memory");
  TIFFRGBAImage reader;
  char reason[1024] = "";
  if (!TIFFRGBAImageBegin(&reader, tiff, 1, reason)) {
    snprintf(message, CIMAGE_MESSAGE_LENGTH, "Unsupported: %.150s", reason);
    return 0;
  }
  reader.req_orientation = reader.orientation;  // the caller turns it
  int succeeded = decode_bands(&reader, shape, is_multiplied, pixels, message);
  TIFFRGBAImageEnd(&reader);
  return succeeded;
}

int cimage_tiff_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, char *message) {
  Source source = {.bytes = file, .count = count, .message = message};
  TIFF *tiff = open_file(&source);
  if (!tiff) return 0;
  message[0] = 0;  // what the library got over while it opened the file
  int succeeded = decode(tiff, shape, pixels, message);
  TIFFClose(tiff);
  if (succeeded) message[0] = 0;
  return succeeded;
}

int cimage_tiff_profile(const uint8_t *file, size_t count, CImageBytes *icc, char *message) {
  Source source = {.bytes = file, .count = count, .message = message};
  TIFF *tiff = open_file(&source);
  if (!tiff) return 0;
  uint32_t size = 0;
  void *bytes = NULL;
  int succeeded = 1;
  if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &size, &bytes) && bytes)
    succeeded = cimage_append(icc, bytes, size);
  TIFFClose(tiff);
  return succeeded ? 1 : refuse(message, "out of memory");
}
