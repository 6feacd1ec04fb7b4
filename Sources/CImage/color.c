#include <lcms2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

// Relative colorimetric with black-point compensation: colours that sRGB has keep their place, black
// becomes black, and the way back into a profile undoes the way out of it. Perceptual tables bend
// every colour, each maker's in its own way, and have no inverse.
enum {
  INTENT = INTENT_RELATIVE_COLORIMETRIC,
  FLAGS = cmsFLAGS_BLACKPOINTCOMPENSATION,
};

// A profile, sRGB and what failures say, in a context of their own: safe on any thread.
typedef struct {
  cmsContext context;
  cmsHPROFILE profile;
  cmsHPROFILE srgb;
  cmsHTRANSFORM transform;
  char *message;
} Colors;

static void failed(cmsContext context, cmsUInt32Number code, const char *text) {
  (void)code;
  char *message = cmsGetContextUserData(context);
  if (message && !message[0]) snprintf(message, CIMAGE_MESSAGE_LENGTH, "%s", text);
}

static void close_colors(Colors *colors) {
  if (colors->transform) cmsDeleteTransform(colors->transform);
  if (colors->profile) cmsCloseProfile(colors->profile);
  if (colors->srgb) cmsCloseProfile(colors->srgb);
  if (colors->context) cmsDeleteContext(colors->context);
  *colors = (Colors){0};
}

// Returns 0, after closing, with the library's reason or else this one.
static int give_up(Colors *colors, const char *reason) {
  if (!colors->message[0]) snprintf(colors->message, CIMAGE_MESSAGE_LENGTH, "%s", reason);
  close_colors(colors);
  return 0;
}

static int open_context(Colors *colors, char *message) {
  *colors = (Colors){.message = message};
  message[0] = 0;
  colors->context = cmsCreateContext(NULL, message);
  if (!colors->context) return give_up(colors, "out of memory");
  cmsSetLogErrorHandlerTHR(colors->context, failed);
  colors->srgb = cmsCreate_sRGBProfileTHR(colors->context);
  return colors->srgb ? 1 : give_up(colors, "out of memory");
}

static int channels_of(cmsHPROFILE profile) {
  switch (cmsGetColorSpace(profile)) {
    case cmsSigGrayData: return 1;
    case cmsSigRgbData: return 3;
    case cmsSigCmykData: return 4;
    default: return 0;
  }
}

static int open_profile(Colors *colors, const uint8_t *icc, size_t count, char *message) {
  if (!open_context(colors, message)) return 0;
  if (count > UINT32_MAX) return give_up(colors, "too many bytes");
  colors->profile = cmsOpenProfileFromMemTHR(colors->context, icc, (cmsUInt32Number)count);
  if (!colors->profile) return give_up(colors, "not an ICC profile");
  switch (cmsGetDeviceClass(colors->profile)) {
    case cmsSigInputClass:
    case cmsSigDisplayClass:
    case cmsSigOutputClass:
    case cmsSigColorSpaceClass: break;
    default: return give_up(colors, "not the profile of a device or a colour space");
  }
  if (!channels_of(colors->profile)) return give_up(colors, "neither grey, RGB nor CMYK");
  return 1;
}

// The layout of a profile's samples. Of CMYK, 255 is no ink, as JPEG files have it.
static cmsUInt32Number layout(cmsHPROFILE profile, int depth) {
  int channels = channels_of(profile);
  cmsUInt32Number space = channels == 1 ? PT_GRAY : channels == 3 ? PT_RGB : PT_CMYK;
  return COLORSPACE_SH(space) | CHANNELS_SH((cmsUInt32Number)channels)
      | BYTES_SH((cmsUInt32Number)depth / 8) | FLAVOR_SH(channels == 4);
}

static int start(Colors *colors, int into_srgb, int depth, cmsUInt32Number flags) {
  cmsUInt32Number samples = layout(colors->profile, depth);
  if (colors->transform) cmsDeleteTransform(colors->transform);
  colors->transform = into_srgb
      ? cmsCreateTransformTHR(
            colors->context, colors->profile, samples, colors->srgb, TYPE_RGB_8, INTENT, flags)
      : cmsCreateTransformTHR(
            colors->context, colors->srgb, TYPE_RGB_8, colors->profile, samples, INTENT, flags);
  return colors->transform != NULL;
}

static void convert(
    const Colors *colors, const uint8_t *from, size_t from_size, uint8_t *to, size_t to_size,
    size_t pixels) {
  while (pixels > 0) {
    size_t part = pixels < (1u << 20) ? pixels : (1u << 20);
    cmsDoTransform(colors->transform, from, to, (cmsUInt32Number)part);
    from += part * from_size;
    to += part * to_size;
    pixels -= part;
  }
}

static int differs(const uint8_t *from, int channels, const uint8_t *to, size_t pixels) {
  for (size_t i = 0; i < 3 * pixels; i++) {
    int before = channels == 1 ? from[i / 3] : from[i];
    if (abs(before - to[i]) > 1) return 1;
  }
  return 0;
}

// Whether no colour of a lattice, nor any grey, moves by more than 1 on the way to sRGB. Makers'
// sRGB profiles differ in their rounding, so that their bytes tell nothing.
static int moves_nothing(Colors *colors, int channels) {
  enum { STEP = 17, SIDE = 255 / STEP + 1, COUNT = SIDE * SIDE * SIDE };
  uint8_t from[3 * COUNT], to[3 * COUNT];
  for (int i = 0; i < 256; i++)
    for (int k = 0; k < channels; k++) from[i * channels + k] = (uint8_t)i;
  cmsDoTransform(colors->transform, from, to, 256);
  if (differs(from, channels, to, 256)) return 0;
  if (channels == 1) return 1;
  for (int i = 0; i < COUNT; i++) {
    from[3 * i] = (uint8_t)(i / (SIDE * SIDE) * STEP);
    from[3 * i + 1] = (uint8_t)(i / SIDE % SIDE * STEP);
    from[3 * i + 2] = (uint8_t)(i % SIDE * STEP);
  }
  cmsDoTransform(colors->transform, from, to, COUNT);
  return !differs(from, channels, to, COUNT);
}

int cimage_profile_read(
    const uint8_t *icc, size_t count, CImageProfile *profile, char *message) {
  Colors colors;
  if (!open_profile(&colors, icc, count, message)) return 0;
  profile->channels = channels_of(colors.profile);
  // Without optimisation a transform of a few colours needs no tables.
  if (!start(&colors, 1, 8, FLAGS | cmsFLAGS_NOOPTIMIZE))
    return give_up(&colors, "it says nothing of how to convert its colours");
  profile->is_srgb = profile->channels != 4 && moves_nothing(&colors, profile->channels);
  profile->is_reversible = start(&colors, 0, 8, FLAGS | cmsFLAGS_NOOPTIMIZE);
  close_colors(&colors);
  return 1;
}

int cimage_into_srgb(
    const uint8_t *icc, size_t count, const void *samples, int depth, size_t pixels, uint8_t *rgb,
    char *message) {
  Colors colors;
  if (!open_profile(&colors, icc, count, message)) return 0;
  // The library has exact short cuts for 8 bits; those for 16 interpolate, and are off by up to 10.
  cmsUInt32Number flags = depth == 8 ? FLAGS : FLAGS | cmsFLAGS_NOOPTIMIZE;
  if (!start(&colors, 1, depth, flags)) return give_up(&colors, "it cannot be converted to sRGB");
  size_t size = (size_t)channels_of(colors.profile) * (size_t)depth / 8;
  convert(&colors, samples, size, rgb, 3, pixels);
  close_colors(&colors);
  return 1;
}

int cimage_from_srgb(
    const uint8_t *icc, size_t count, const uint8_t *rgb, size_t pixels, uint8_t *samples,
    char *message) {
  Colors colors;
  if (!open_profile(&colors, icc, count, message)) return 0;
  if (!start(&colors, 0, 8, FLAGS)) return give_up(&colors, "sRGB cannot be converted to it");
  convert(&colors, rgb, 3, samples, (size_t)channels_of(colors.profile), pixels);
  close_colors(&colors);
  return 1;
}

// Stores a profile's bytes; the date in them is fixed, so that equal profiles have equal bytes.
static int save(cmsHPROFILE profile, CImageBytes *icc) {
  cmsUInt32Number count = 0;
  if (!cmsSaveProfileToMem(profile, NULL, &count)) return 0;
  uint8_t *bytes = malloc(count);
  if (!bytes) return 0;
  int saved = cmsSaveProfileToMem(profile, bytes, &count) && count >= 128;
  if (saved) {
    static const uint8_t date[12] = {2000 >> 8, 2000 & 255, 0, 1, 0, 1};
    memcpy(bytes + 24, date, sizeof date);
    saved = cimage_append(icc, bytes, count);
  }
  free(bytes);
  return saved;
}

static int make(
    Colors *colors, const double xy[8], cmsToneCurve *curve, CImageBytes *icc) {
  cmsCIExyY white = {xy[0], xy[1], 1};
  cmsCIExyYTRIPLE primaries = {
      {xy[2], xy[3], 1}, {xy[4], xy[5], 1}, {xy[6], xy[7], 1}};
  cmsToneCurve *curves[3] = {curve, curve, curve};
  cmsHPROFILE made = cmsCreateRGBProfileTHR(colors->context, &white, &primaries, curves);
  int saved = made && save(made, icc);
  if (made) cmsCloseProfile(made);
  return saved ? 1 : give_up(colors, "no colours have such primaries");
}

// IEC 61966-2-1.
static const double srgb_parameters[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
static const double srgb_xy[8] = {0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06};

int cimage_profile_make(
    const double xy[8], double exponent, CImageBytes *icc, char *message) {
  Colors colors;
  if (!open_context(&colors, message)) return 0;
  cmsToneCurve *curve = exponent > 0
      ? cmsBuildGamma(colors.context, exponent)
      : cmsBuildParametricToneCurve(colors.context, 4, srgb_parameters);
  if (!curve) return give_up(&colors, "out of memory");
  int made = make(&colors, xy ? xy : srgb_xy, curve, icc);
  cmsFreeToneCurve(curve);
  if (made) close_colors(&colors);
  return made;
}

int cimage_profile_of_equals(
    const uint8_t *icc, size_t count, CImageBytes *rgb, char *message) {
  Colors colors;
  if (!open_profile(&colors, icc, count, message)) return 0;
  // Tags belong to their profile.
  cmsToneCurve *curve = cmsReadTag(colors.profile, cmsSigGrayTRCTag);
  if (channels_of(colors.profile) != 1 || !curve || cmsGetPCS(colors.profile) != cmsSigXYZData)
    return give_up(&colors, "it is not a curve of grey");
  if (!make(&colors, srgb_xy, curve, rgb)) return 0;
  close_colors(&colors);
  return 1;
}
