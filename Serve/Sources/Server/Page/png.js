// PNG, as far as the page needs it: the texts in a file, and grey masks that are exact.

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** A file's texts by keyword; null where it is no PNG. Damage ends the reading. */
export async function readTexts(blob) {
  const bytes = new Uint8Array(await blob.slice(0, 8).arrayBuffer());
  if (!signature.every((byte, place) => bytes[place] === byte)) return null;
  const texts = {};
  for (let place = 8; place + 12 <= blob.size;) {
    const head = new DataView(await blob.slice(place, place + 8).arrayBuffer());
    const length = head.getUint32(0);
    const kind = String.fromCharCode(...new Uint8Array(head.buffer, 4, 4));
    if (kind === 'IEND' || place + 12 + length > blob.size) break;
    // What stands in a picture's texts is short; a megabyte is somebody's trick.
    if (['tEXt', 'zTXt', 'iTXt'].includes(kind) && length < 65536) {
      const data = new Uint8Array(await blob.slice(place + 8, place + 8 + length).arrayBuffer());
      const [keyword, text] = await readText(kind, data);
      if (keyword !== '') texts[keyword] = text;
    }
    place += 12 + length;
  }
  return texts;
}

async function readText(kind, data) {
  const latin = new TextDecoder('latin1');
  const end = data.indexOf(0);
  if (end < 1) return ['', ''];
  const keyword = latin.decode(data.subarray(0, end));
  if (kind === 'tEXt') return [keyword, latin.decode(data.subarray(end + 1))];
  if (kind === 'zTXt') return [keyword, latin.decode(await inflated(data.subarray(end + 2)))];
  const isCompressed = data[end + 1] === 1;
  const language = data.indexOf(0, end + 3);
  const translated = data.indexOf(0, language + 1);
  if (language < 0 || translated < 0) return ['', ''];
  const rest = data.subarray(translated + 1);
  return [keyword, new TextDecoder().decode(isCompressed ? await inflated(rest) : rest)];
}

/** At most 64 KiB of what was deflated; nothing where it is damaged. */
async function inflated(data) {
  const reader = new Blob([data]).stream().pipeThrough(
    new DecompressionStream('deflate'),
  ).getReader();
  const parts = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || length > 65536) break;
      parts.push(value);
      length += value.length;
    }
  } catch {
    return new Uint8Array();
  }
  reader.cancel().catch(() => {});
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

const checksums = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
  return sum;
});

/** CRC-32, as PNG and ZIP take it. */
export function checksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = checksums[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

function chunk(kind, data) {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let place = 0; place < 4; place += 1) bytes[4 + place] = kind.charCodeAt(place);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, checksum(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** An 8-bit grey PNG: 255 where the mask's bit is set, 0 elsewhere. */
export async function writeMask(width, height, bits) {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    const row = y * (width + 1) + 1;
    for (let x = 0; x < width; x += 1) if (bits[y * width + x] !== 0) rows[row + x] = 255;
  }
  const deflating = new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'));
  const data = new Uint8Array(await new Response(deflating).arrayBuffer());
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header[8] = 8;
  const parts = [
    new Uint8Array(signature), chunk('IHDR', header), chunk('IDAT', data), chunk(
      'IEND', new Uint8Array(),
    )];
  return new Blob(parts, { type: 'image/png' });
}
