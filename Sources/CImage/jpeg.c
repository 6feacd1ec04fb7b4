#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "bytes.h"

// A few hundred bytes can ask for thousands of passes over a large picture.
enum { MAXIMUM_SCANS = 500 };

typedef struct {
  struct jpeg_error_mgr base;  // first, so that cinfo->err points to the whole
  jmp_buf exit;
  char *message;
} Errors;

typedef struct {
  struct jpeg_destination_mgr base;
  CImageBytes *file;
  JOCTET block[16384];
} Destination;

static void failed(j_common_ptr cinfo) {
  Errors *errors = (Errors *)cinfo->err;
  char text[JMSG_LENGTH_MAX];
  errors->base.format_message(cinfo, text);
  snprintf(errors->message, CIMAGE_MESSAGE_LENGTH, "%s", text);
  longjmp(errors->exit, 1);
}

// Warnings after which the library goes on with made-up pixels are failures.
static void warned(j_common_ptr cinfo, int level) {
  if (level >= 0) return;
  switch (cinfo->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC: failed(cinfo);
  }
}

static void stay_silent(j_common_ptr cinfo) { (void)cinfo; }

static void count_scans(j_common_ptr cinfo) {
  if (((j_decompress_ptr)cinfo)->input_scan_number <= MAXIMUM_SCANS) return;
  Errors *errors = (Errors *)cinfo->err;
  snprintf(errors->message, CIMAGE_MESSAGE_LENGTH, "more than %d progressive scans", MAXIMUM_SCANS);
  longjmp(errors->exit, 1);
}

static struct jpeg_error_mgr *prepare(Errors *errors, char *message) {
  jpeg_std_error(&errors->base);
  errors->base.error_exit = failed;
  errors->base.emit_message = warned;
  errors->base.output_message = stay_silent;
  errors->message = message;
  return &errors->base;
}

static CImageShape start_reading(j_decompress_ptr cinfo, const uint8_t *file, size_t count) {
  jpeg_mem_src(cinfo, file, count);
  jpeg_read_header(cinfo, TRUE);
  switch (cinfo->jpeg_color_space) {
    case JCS_GRAYSCALE: cinfo->out_color_space = JCS_GRAYSCALE; break;
    case JCS_CMYK:
    case JCS_YCCK: cinfo->out_color_space = JCS_CMYK; break;
    default: cinfo->out_color_space = JCS_RGB;
  }
  jpeg_calc_output_dimensions(cinfo);
  return (CImageShape){
      (int)cinfo->output_width, (int)cinfo->output_height, cinfo->out_color_components};
}

// With `pixels` NULL stores the shape, else fills the pixels of the given shape.
static int read_jpeg(
    const uint8_t *file, size_t count, CImageShape *shape, uint8_t *pixels, char *message) {
  struct jpeg_decompress_struct cinfo;
  struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
  Errors errors;
  memset(&cinfo, 0, sizeof cinfo);
  cinfo.err = prepare(&errors, message);
  if (setjmp(errors.exit)) {
    jpeg_destroy_decompress(&cinfo);
    return 0;
  }
  jpeg_create_decompress(&cinfo);
  cinfo.progress = &progress;
  CImageShape found = start_reading(&cinfo, file, count);
  if (!pixels) {
    *shape = found;
  } else {
    if (found.width != shape->width || found.height != shape->height
        || found.channels != shape->channels)
      ERREXIT(&cinfo, JERR_BAD_LENGTH);
    jpeg_start_decompress(&cinfo);
    size_t row = (size_t)shape->width * shape->channels;
    while (cinfo.output_scanline < cinfo.output_height) {
      JSAMPROW target = pixels + cinfo.output_scanline * row;
      jpeg_read_scanlines(&cinfo, &target, 1);
    }
    jpeg_finish_decompress(&cinfo);
  }
  jpeg_destroy_decompress(&cinfo);
  return 1;
}

int cimage_jpeg_shape(const uint8_t *file, size_t count, CImageShape *shape, char *message) {
  return read_jpeg(file, count, shape, NULL, message);
}

int cimage_jpeg_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, char *message) {
  return read_jpeg(file, count, &shape, pixels, message);
}

int cimage_jpeg_profile(const uint8_t *file, size_t count, CImageBytes *icc, char *message) {
  struct jpeg_decompress_struct cinfo;
  Errors errors;
  memset(&cinfo, 0, sizeof cinfo);
  cinfo.err = prepare(&errors, message);
  if (setjmp(errors.exit)) {
    jpeg_destroy_decompress(&cinfo);
    return 0;
  }
  jpeg_create_decompress(&cinfo);
  jpeg_save_markers(&cinfo, JPEG_APP0 + 2, 0xFFFF);
  jpeg_mem_src(&cinfo, file, count);
  jpeg_read_header(&cinfo, TRUE);
  JOCTET *found = NULL;
  unsigned int length = 0;
  int is_announced = 0, succeeded = 1;
  for (jpeg_saved_marker_ptr marker = cinfo.marker_list; marker; marker = marker->next)
    if (marker->data_length >= 14 && !memcmp(marker->data, "ICC_PROFILE", 12)) is_announced = 1;
  if (jpeg_read_icc_profile(&cinfo, &found, &length)) {
    succeeded = cimage_append(icc, found, length);
    if (!succeeded) snprintf(message, CIMAGE_MESSAGE_LENGTH, "out of memory");
  } else if (is_announced) {
    succeeded = 0;
    snprintf(message, CIMAGE_MESSAGE_LENGTH, "parts of it are missing or in disorder");
  }
  free(found);
  jpeg_destroy_decompress(&cinfo);
  return succeeded;
}

static void start_block(j_compress_ptr cinfo) {
  Destination *destination = (Destination *)cinfo->dest;
  destination->base.next_output_byte = destination->block;
  destination->base.free_in_buffer = sizeof destination->block;
}

static boolean full_block(j_compress_ptr cinfo) {
  Destination *destination = (Destination *)cinfo->dest;
  if (!cimage_append(destination->file, destination->block, sizeof destination->block))
    ERREXIT1(cinfo, JERR_OUT_OF_MEMORY, 0);
  start_block(cinfo);
  return TRUE;
}

static void last_block(j_compress_ptr cinfo) {
  Destination *destination = (Destination *)cinfo->dest;
  size_t count = sizeof destination->block - destination->base.free_in_buffer;
  if (!cimage_append(destination->file, destination->block, count))
    ERREXIT1(cinfo, JERR_OUT_OF_MEMORY, 0);
}

int cimage_jpeg_encode(
    const uint8_t *pixels, CImageShape shape, int quality, CImageBytes *file, char *message) {
  struct jpeg_compress_struct cinfo;
  Errors errors;
  Destination destination = {
      .base = {
          .init_destination = start_block,
          .empty_output_buffer = full_block,
          .term_destination = last_block},
      .file = file};
  memset(&cinfo, 0, sizeof cinfo);
  cinfo.err = prepare(&errors, message);
  if (setjmp(errors.exit)) {
    jpeg_destroy_compress(&cinfo);
    cimage_free(file);
    return 0;
  }
  jpeg_create_compress(&cinfo);
  cinfo.dest = &destination.base;
  cinfo.image_width = (JDIMENSION)shape.width;
  cinfo.image_height = (JDIMENSION)shape.height;
  cinfo.input_components = shape.channels;
  cinfo.in_color_space = shape.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&cinfo);
  jpeg_set_quality(&cinfo, quality, TRUE);
  jpeg_start_compress(&cinfo, TRUE);
  size_t row = (size_t)shape.width * shape.channels;
  while (cinfo.next_scanline < cinfo.image_height) {
    JSAMPROW source = (JSAMPROW)(pixels + cinfo.next_scanline * row);
    jpeg_write_scanlines(&cinfo, &source, 1);
  }
  jpeg_finish_compress(&cinfo);
  jpeg_destroy_compress(&cinfo);
  return 1;
}
