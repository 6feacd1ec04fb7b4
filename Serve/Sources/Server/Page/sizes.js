// How large a file says its picture is: asked before decoding, which takes memory for every pixel.

/** Width and height as a PNG, JPEG or WebP states them; null where they are not found. */
export async function statedSize(blob, kind) {
  const view = new DataView(await blob.slice(0, 1 << 20).arrayBuffer());
  try {
    if (kind === 'image/png') return [view.getUint32(16), view.getUint32(20)];
    if (kind === 'image/jpeg') return jpegSize(view);
    if (kind === 'image/webp') return webpSize(view);
  } catch (error) {
    // The file ends before it has said so.
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}

/** The frame's header stands behind segments that state their lengths. */
function jpegSize(view) {
  for (let place = 2; ;) {
    if (view.getUint8(place) !== 0xff) return null;
    const marker = view.getUint8(place + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [view.getUint16(place + 7), view.getUint16(place + 5)];
    place += marker === 0xff ? 1 : 2 + view.getUint16(place + 2);
  }
}

function webpSize(view) {
  const kind = String.fromCharCode(...new Uint8Array(view.buffer, 12, 4));
  const three = (place) => view.getUint16(place, true) + 65536 * view.getUint8(place + 2);
  if (kind === 'VP8X') return [three(24) + 1, three(27) + 1];
  if (kind === 'VP8 ') {
    return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  }
  const bits = view.getUint32(21, true);
  return kind === 'VP8L' ? [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1] : null;
}
