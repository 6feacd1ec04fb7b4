#include <stdio.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "bytes.h"

static int failed(char *message, const char *text) {
  snprintf(message, CIMAGE_MESSAGE_LENGTH, "%s", text);
  return 0;
}

// The file's parts; NULL with a message. A file cut short has as many parts as are there.
static WebPDemuxer *open_parts(
    const uint8_t *file, size_t count, WebPDemuxState *state, char *message) {
  WebPData data = {file, count};
  WebPDemuxer *parts = WebPDemuxPartial(&data, state);
  if (parts && *state >= WEBP_DEMUX_PARSED_HEADER) return parts;
  WebPDemuxDelete(parts);
  failed(
      message, *state == WEBP_DEMUX_PARSE_ERROR ? "its parts do not fit together"
                                                : "it ends within the header");
  return NULL;
}

static CImageShape shape_of(WebPDemuxer *parts) {
  // A first frame may leave some of an animation's canvas free.
  uint32_t flags = WebPDemuxGetI(parts, WEBP_FF_FORMAT_FLAGS);
  return (CImageShape){
      (int)WebPDemuxGetI(parts, WEBP_FF_CANVAS_WIDTH),
      (int)WebPDemuxGetI(parts, WEBP_FF_CANVAS_HEIGHT),
      flags & (ALPHA_FLAG | ANIMATION_FLAG) ? 4 : 3};
}

static int orientation_of(WebPDemuxer *parts) {
  WebPChunkIterator chunk;
  int orientation = 1;
  if (WebPDemuxGetChunk(parts, "EXIF", 1, &chunk)) {
    orientation = cimage_exif_orientation(chunk.chunk.bytes, chunk.chunk.size);
    WebPDemuxReleaseChunkIterator(&chunk);
  }
  return orientation;
}

int cimage_webp_header(const uint8_t *file, size_t count, CImageHeader *header, char *message) {
  WebPDemuxState state;
  WebPDemuxer *parts = open_parts(file, count, &state, message);
  if (!parts) return 0;
  // EXIF data and the number of frames are known at the end.
  uint32_t flags = WebPDemuxGetI(parts, WEBP_FF_FORMAT_FLAGS);
  int is_known = state == WEBP_DEMUX_DONE || !(flags & (EXIF_FLAG | ANIMATION_FLAG));
  *header = (CImageHeader){
      .shape = shape_of(parts),
      .orientation = orientation_of(parts),
      .pictures = state == WEBP_DEMUX_DONE ? (int)WebPDemuxGetI(parts, WEBP_FF_FRAME_COUNT) : 1};
  WebPDemuxDelete(parts);
  return is_known ? 1 : failed(message, "it is cut short");
}

static int decode_first_frame(
    WebPDemuxer *parts, CImageShape shape, uint8_t *pixels, char *message) {
  WebPIterator frame;
  if (!WebPDemuxGetFrame(parts, 1, &frame)) return failed(message, "it holds no picture");
  size_t row = (size_t)shape.width * shape.channels;
  size_t bytes = row * shape.height;
  int fits = frame.x_offset >= 0 && frame.y_offset >= 0
             && frame.width <= shape.width - frame.x_offset
             && frame.height <= shape.height - frame.y_offset;
  int succeeded = 0;
  if (fits) {
    if (frame.width < shape.width || frame.height < shape.height) memset(pixels, 0, bytes);
    size_t start = frame.y_offset * row + (size_t)frame.x_offset * shape.channels;
    uint8_t *(*decode)(const uint8_t *, size_t, uint8_t *, size_t, int) =
        shape.channels == 4 ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
    succeeded = decode(
                    frame.fragment.bytes, frame.fragment.size, pixels + start, bytes - start,
                    (int)row)
                != NULL;
  }
  WebPDemuxReleaseIterator(&frame);
  return succeeded ? 1 : failed(message, "its pixels cannot be decoded");
}

int cimage_webp_decode(
    const uint8_t *file, size_t count, CImageShape shape, uint8_t *pixels, char *message) {
  WebPDemuxState state;
  WebPDemuxer *parts = open_parts(file, count, &state, message);
  if (!parts) return 0;
  CImageShape found = shape_of(parts);
  int succeeded;
  if (state != WEBP_DEMUX_DONE)
    succeeded = failed(message, "it is cut short");
  else if (!cimage_same_shape(found, shape))
    succeeded = failed(message, "the picture is not of the announced size");
  else
    succeeded = decode_first_frame(parts, shape, pixels, message);
  WebPDemuxDelete(parts);
  return succeeded;
}

int cimage_webp_profile(const uint8_t *file, size_t count, CImageBytes *icc, char *message) {
  WebPDemuxState state;
  WebPDemuxer *parts = open_parts(file, count, &state, message);
  if (!parts) return 0;
  WebPChunkIterator chunk;
  int succeeded = 1;
  if (WebPDemuxGetChunk(parts, "ICCP", 1, &chunk)) {
    succeeded = cimage_append(icc, chunk.chunk.bytes, chunk.chunk.size);
    WebPDemuxReleaseChunkIterator(&chunk);
  }
  WebPDemuxDelete(parts);
  return succeeded ? 1 : failed(message, "out of memory");
}
