#include <string.h>

#include "bytes.h"

typedef struct {
  const uint8_t *bytes;
  size_t count;
  int is_big_endian;
} Tiff;

// A number of `size` bytes; 0 beyond the end.
static size_t number(const Tiff *tiff, size_t position, size_t size) {
  if (position > tiff->count || size > tiff->count - position) return 0;
  size_t value = 0;
  for (size_t i = 0; i < size; i++) {
    size_t place = tiff->is_big_endian ? i : size - 1 - i;
    value = value << 8 | tiff->bytes[position + place];
  }
  return value;
}

int cimage_exif_orientation(const uint8_t *exif, size_t count) {
  // JPEG puts this before the data, and some programs do so in other formats.
  static const char prefix[] = "Exif\0";
  if (count >= sizeof prefix && !memcmp(exif, prefix, sizeof prefix)) {
    exif += sizeof prefix;
    count -= sizeof prefix;
  }
  if (count < 8 || (memcmp(exif, "MM", 2) && memcmp(exif, "II", 2))) return 1;
  Tiff tiff = {exif, count, exif[0] == 'M'};
  size_t directory = number(&tiff, 4, 4);
  size_t entries = number(&tiff, directory, 2);
  for (size_t i = 0; i < entries; i++) {
    size_t entry = directory + 2 + 12 * i;
    if (number(&tiff, entry, 2) != 0x0112) continue;
    int is_short = number(&tiff, entry + 2, 2) == 3;
    size_t value = number(&tiff, entry + 8, is_short ? 2 : 4);
    return value >= 1 && value <= 8 ? (int)value : 1;
  }
  return 1;
}
