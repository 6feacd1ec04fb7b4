#pragma once

#include "CImage.h"

// Appends to `target`, growing it; returns 0 when memory is short, leaving it as it was.
int cimage_append(CImageBytes *target, const void *bytes, size_t count);
