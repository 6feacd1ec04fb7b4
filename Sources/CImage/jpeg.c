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
  int is_in_header;
  int has_all_rows;
  int has_ended;
  int has_no_rows;
  CImageLoss loss;
} Errors;

typedef struct {
  struct jpeg_destination_mgr base;
  CImageBytes *file;
  JOCTET block[16384];
} Destination;

// Keeps the first message, which is nearest to the cause.
static void keep_message(j_common_ptr cinfo) {
  Errors *errors = (Errors *)cinfo->err;
  char text[JMSG_LENGTH_MAX];
  if (*errors->message) return;
  errors->base.format_message(cinfo, text);
  snprintf(errors->message, CIMAGE_MESSAGE_LENGTH, "%s", text);
}

static void failed(j_common_ptr cinfo) {
  Errors *errors = (Errors *)cinfo->err;
  // What went wrong before, and was got over, is not why it failed.
  if (!errors->has_all_rows) *errors->message = 0;
  keep_message(cinfo);
  longjmp(errors->exit, 1);
}

// Where the data end, the library goes on with made-up pixels, or, after the first scan of a
// progressive picture, with coarse ones.
static void count_missing_rows(j_decompress_ptr cinfo) {
  Errors *errors = (Errors *)cinfo->err;
  if (errors->loss.missing_rows > 0) return;
  JDIMENSION rows = cinfo->input_iMCU_row * (JDIMENSION)(cinfo->max_v_samp_factor * DCTSIZE);
  if (rows >= cinfo->image_height) return;
  errors->loss.missing_rows = (int)(cinfo->image_height - rows);
  errors->has_no_rows = rows == 0 && cinfo->input_scan_number == 1;
}

static void warned(j_common_ptr common, int level) {
  if (level >= 0) return;
  Errors *errors = (Errors *)common->err;
  j_decompress_ptr cinfo = (j_decompress_ptr)common;
  if (!common->is_decompressor) return;
  int code = errors->base.msg_code;
  if (code == JWRN_JPEG_EOF && errors->is_in_header) {
    snprintf(errors->message, CIMAGE_MESSAGE_LENGTH, "it ends within the header");
    longjmp(errors->exit, 1);
  }
  // A picture of one scan in Huffman's code is whole if nothing but the end mark is missing.
  int is_surely_cut = cinfo->arith_code || cinfo->comps_in_scan < cinfo->num_components
                      || cinfo->progressive_mode;
  if (code == JWRN_JPEG_EOF) {
    errors->has_ended = 1;
    errors->loss.is_cut_short = is_surely_cut;
    if (cinfo->arith_code) count_missing_rows(cinfo);
  } else if (code == JWRN_HIT_MARKER && cinfo->unread_marker == JPEG_EOI) {
    errors->loss.is_cut_short = errors->has_ended;
    count_missing_rows(cinfo);
  }
  keep_message(common);
}

static void stay_silent(j_common_ptr cinfo) { (void)cinfo; }

static void count_scans(j_common_ptr cinfo) {
  if (((j_decompress_ptr)cinfo)->input_scan_number <= MAXIMUM_SCANS) return;
  Errors *errors = (Errors *)cinfo->err;
  errors->has_all_rows = 0;
  snprintf(errors->message, CIMAGE_MESSAGE_LENGTH, "more than %d progressive scans", MAXIMUM_SCANS);
  longjmp(errors->exit, 1);
}

static struct jpeg_error_mgr *prepare(Errors *errors, char *message) {
  memset(errors, 0, sizeof *errors);
  message[0] = 0;
  jpeg_std_error(&errors->base);
  errors->base.error_exit = failed;
  errors->base.emit_message = warned;
  errors->base.output_message = stay_silent;
  errors->message = message;
  return &errors->base;
}

static int orientation_of(j_decompress_ptr cinfo) {
  for (jpeg_saved_marker_ptr marker = cinfo->marker_list; marker; marker = marker->next)
    if (marker->data_length >= 6 && !memcmp(marker->data, "Exif\0", 6))
      return cimage_exif_orientation(marker->data, marker->data_length);
  return 1;
}

static CImageHeader start_reading(j_decompress_ptr cinfo, const uint8_t *file, size_t count) {
  Errors *errors = (Errors *)cinfo->err;
  errors->is_in_header = 1;
  jpeg_mem_src(cinfo, file, count);
  jpeg_save_markers(cinfo, JPEG_APP0 + 1, 0xFFFF);
  jpeg_read_header(cinfo, TRUE);
  errors->is_in_header = 0;
  switch (cinfo->jpeg_color_space) {
    case JCS_GRAYSCALE: cinfo->out_color_space = JCS_GRAYSCALE; break;
    case JCS_CMYK:
    case JCS_YCCK: cinfo->out_color_space = JCS_CMYK; break;
    default: cinfo->out_color_space = JCS_RGB;
  }
  jpeg_calc_output_dimensions(cinfo);
  return (CImageHeader){
      .shape =
          {(int)cinfo->output_width, (int)cinfo->output_height, cinfo->out_color_components},
      .orientation = orientation_of(cinfo),
      .pictures = 1};
}

static void read_pixels(j_decompress_ptr cinfo, CImageShape shape, uint8_t *pixels) {
  jpeg_start_decompress(cinfo);
  size_t row = (size_t)shape.width * shape.channels;
  while (cinfo->output_scanline < cinfo->output_height) {
    JSAMPROW target = pixels + cinfo->output_scanline * row;
    jpeg_read_scanlines(cinfo, &target, 1);
  }
  ((Errors *)cinfo->err)->has_all_rows = 1;
  jpeg_finish_decompress(cinfo);
}

// With `pixels` NULL stores the header, else fills the pixels of its shape.
static int read_jpeg(
    const uint8_t *file, size_t count, CImageHeader *header, uint8_t *pixels, CImageLoss *loss,
    char *message) {
  struct jpeg_decompress_struct cinfo;
  struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
  Errors errors;
  memset(&cinfo, 0, sizeof cinfo);
  cinfo.err = prepare(&errors, message);
  if (!setjmp(errors.exit)) {
    jpeg_create_decompress(&cinfo);
    cinfo.progress = &progress;
    CImageHeader found = start_reading(&cinfo, file, count);
    errors.has_all_rows = !pixels;
    if (!pixels)
      *header = found;
    else if (cimage_same_shape(found.shape, header->shape))
      read_pixels(&cinfo, found.shape, pixels);
    else
      ERREXIT(&cinfo, JERR_BAD_LENGTH);
  }
  jpeg_destroy_decompress(&cinfo);
  *loss = errors.loss;
  return errors.has_all_rows && !errors.has_no_rows;
}

int cimage_jpeg_header(const uint8_t *file, size_t count, CImageHeader *header, char *message) {
  CImageLoss loss;
  return read_jpeg(file, count, header, NULL, &loss, message);
}

int cimage_jpeg_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, CImageLoss *loss,
    char *message) {
  CImageHeader header = {.shape = shape};
  return read_jpeg(file, count, &header, pixels, loss, message);
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
