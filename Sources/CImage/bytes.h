#pragma once

#include "CImage.h"

// Appends to `target`, growing it; returns 0 when memory is short, leaving it as it was.
int cimage_append(CImageBytes *target, const void *bytes, size_t count);

int cimage_same_shape(CImageShape a, CImageShape b);

// The orientation in EXIF data (a TIFF header and its first directory); 1 where it has none or
// makes no sense.
int cimage_exif_orientation(const uint8_t *exif, size_t count);
