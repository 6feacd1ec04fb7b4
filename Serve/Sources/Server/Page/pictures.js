// Pictures from outside: what they are is found out from their bytes, never believed.

import { currentModel, newId } from './state.js';
import { statedSize } from './sizes.js';
import { get, put } from './store.js';

const kinds = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]], ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/webp', [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x45, 0x42, 0x50]],
];

/** What the server takes as it is; null for everything else. */
export async function kindOf(blob) {
  const bytes = new Uint8Array(await blob.slice(0, 12).arrayBuffer());
  const found = kinds.find(([, start]) =>
    start.every((byte, place) => byte === null || byte === bytes[place]));
  return found === undefined ? null : found[0];
}

/** Decoded and upright. */
export function decode(blob) {
  return createImageBitmap(blob, { imageOrientation: 'from-image' });
}

/**
 * Reads a picture's file. JPEG, PNG and WebP are kept byte for byte; what else the browser can
 * read becomes a PNG.
 *
 * @throws Error with a sentence for the user
 */
export async function readPicture(blob, name) {
  const limits = currentModel()?.limits ?? {};
  if (blob.size === 0) throw new Error(`“${name}” is empty. Choose a JPEG, PNG or WebP picture.`);
  // Base64 makes four bytes of three, and the mask and the reference travel with it.
  if (limits.bytes && blob.size * 4 / 3 > limits.bytes) {
    throw new Error(`“${name}” has ${megabytes(blob.size)}, but the server takes `
      + `${megabytes(limits.bytes * 3 / 4)}. Save it smaller, for example as JPEG.`);
  }
  const kind = await kindOf(blob);
  const check = ([width, height]) => {
    if (!limits.pixels || width * height <= limits.pixels) return;
    throw new Error(`“${name}” has ${width} × ${height} pixels, but the server takes `
      + `${megapixels(limits.pixels)}. Make it smaller first.`);
  };
  check(await statedSize(blob, kind) ?? [0, 0]);
  let bitmap;
  try {
    bitmap = await decode(blob);
  } catch {
    throw new Error(
      `“${name}” is no picture that can be read. Choose a JPEG, PNG or WebP picture.`,
    );
  }
  const { width, height } = bitmap;
  check([width, height]);
  const kept = kind === null ? await asPng(bitmap) : new Blob([blob], { type: kind });
  return { id: newId(), name, blob: kept, width, height, bitmap };
}

async function asPng(bitmap) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
}

export const megabytes = (bytes) =>
  `${(bytes / 1048576).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
const megapixels = (pixels) =>
  `${(pixels / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} million`;

/** Keeps a picture for runs and reloads; its decoded form is not kept. */
export async function keepPicture({ id, name, blob, width, height }) {
  if (await get('pictures', id) === undefined) {
    await put('pictures', { id, name, blob, width, height });
  }
}

/** A kept picture, decoded; null when it is no longer there. */
export async function recallPicture(id) {
  const kept = await get('pictures', id);
  if (kept === undefined) return null;
  try {
    return { ...kept, bitmap: await decode(kept.blob) };
  } catch {
    return null;
  }
}

/** A name without folders and ending, for results. */
export function stem(name) {
  return name.split(/[\\/]/).pop().replace(/\.[a-z0-9]{1,5}$/i, '') || 'picture';
}
