#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"

typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t position;
} Source;

static void failed(png_structp png, png_const_charp text) {
  snprintf(png_get_error_ptr(png), CIMAGE_MESSAGE_LENGTH, "%s", text);
  png_longjmp(png, 1);
}

static void ignored(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  Source *source = png_get_io_ptr(png);
  if (count > source->count - source->position) png_error(png, "the file is cut short");
  memcpy(target, source->bytes + source->position, count);
  source->position += count;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
  if (!cimage_append(png_get_io_ptr(png), bytes, count)) png_error(png, "out of memory");
}

static void flush_nothing(png_structp png) { (void)png; }

// The channels that a file's rows will have.
static int expanded_channels(png_structp png, png_infop info) {
  int type = png_get_color_type(png, info);
  int colors = type & PNG_COLOR_MASK_COLOR ? 3 : 1;
  return colors + (type & PNG_COLOR_MASK_ALPHA || png_get_valid(png, info, PNG_INFO_tRNS) ? 1 : 0);
}

// Reads up to the pixels and asks for channels of 8 bits, or 16 where the file has them. Of the other
// chunks only transparency and EXIF data matter; skipping the rest spares their decompression and
// their errors. Only for the pixels are rows made room for, which a header may say are gigabytes long.
static CImageHeader start_reading(
    png_structp png, png_infop info, Source *source, int depth, int reads_pixels) {
  static const png_byte skipped[] =
      "bKGD\0cHRM\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0sTER\0"
      "tEXt\0tIME\0zTXt";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, skipped, (int)(sizeof skipped / 5));
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // the caller limits pixels
  png_set_read_fn(png, source, read_bytes);
  png_read_info(png, info);
  png_set_expand(png);
  if (depth == 16) {
    const uint16_t one = 1;
    if (*(const uint8_t *)&one) png_set_swap(png);  // to the machine's order
  } else {
    png_set_strip_16(png);
  }
  png_set_interlace_handling(png);
  int channels = expanded_channels(png, info);
  if (reads_pixels) {
    png_read_update_info(png, info);
    channels = png_get_channels(png, info);
  }
  png_bytep exif = NULL;
  png_uint_32 exif_count = 0;
  png_get_eXIf_1(png, info, &exif_count, &exif);
  return (CImageHeader){
      .shape =
          {(int)png_get_image_width(png, info), (int)png_get_image_height(png, info),
           channels},
      .orientation = exif ? cimage_exif_orientation(exif, exif_count) : 1,
      .pictures = 1};
}

// With `pixels` NULL stores the header, else fills the pixels of its shape.
static int read_png(
    const uint8_t *file, size_t count, int depth, CImageHeader *header, uint8_t *pixels,
    char *message) {
  Source source = {file, count, 0};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, failed, ignored);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    snprintf(message, CIMAGE_MESSAGE_LENGTH, "out of memory");
    return 0;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
  }
  CImageHeader found = start_reading(png, info, &source, depth, pixels != NULL);
  if (!pixels) {
    *header = found;
  } else {
    CImageShape shape = header->shape;
    size_t row = (size_t)shape.width * shape.channels * (size_t)depth / 8;
    if (!cimage_same_shape(found.shape, shape) || png_get_rowbytes(png, info) != row)
      png_error(png, "the picture is not of the announced size");
    int passes = png_get_interlace_type(png, info) == PNG_INTERLACE_ADAM7 ? 7 : 1;
    for (int pass = 0; pass < passes; pass++)
      for (int y = 0; y < shape.height; y++) png_read_row(png, pixels + y * row, NULL);
    png_read_end(png, NULL);
  }
  png_destroy_read_struct(&png, &info, NULL);
  return 1;
}

int cimage_png_header(const uint8_t *file, size_t count, CImageHeader *header, char *message) {
  return read_png(file, count, 8, header, NULL, message);
}

int cimage_png_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, char *message) {
  CImageHeader header = {.shape = shape};
  return read_png(file, count, 8, &header, pixels, message);
}

int cimage_png_decode_deep(
    const uint8_t *file, size_t count, CImageShape shape, uint16_t *pixels, char *message) {
  CImageHeader header = {.shape = shape};
  return read_png(file, count, 16, &header, (uint8_t *)pixels, message);
}

int cimage_png_encode(
    const uint8_t *pixels, CImageShape shape, CImageBytes *file, char *message) {
  static const int color_types[] = {
      0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
      PNG_COLOR_TYPE_RGB_ALPHA};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, failed, ignored);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    snprintf(message, CIMAGE_MESSAGE_LENGTH, "out of memory");
    return 0;
  }
  if (setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    cimage_free(file);
    return 0;
  }
  png_set_write_fn(png, file, write_bytes, flush_nothing);
  png_set_compression_level(png, 4);  // a third of the time of 6 on photographs, the same size
  png_set_IHDR(
      png, info, (png_uint_32)shape.width, (png_uint_32)shape.height, 8,
      color_types[shape.channels], PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  size_t row = (size_t)shape.width * shape.channels;
  for (int y = 0; y < shape.height; y++) png_write_row(png, pixels + y * row);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return 1;
}
