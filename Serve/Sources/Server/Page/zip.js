// A ZIP file of files as they are: PNG is compressed already.

import { checksum } from './png.js';

/** @param files pairs of a name and a blob; equal names are numbered */
export async function writeZip(files) {
  const taken = new Set();
  const parts = [];
  const directory = [];
  let place = 0;
  for (const [wanted, blob] of files) {
    const name = new TextEncoder().encode(free(wanted, taken));
    const sum = checksum(new Uint8Array(await blob.arrayBuffer()));
    const common = header(sum, blob.size, name.length);
    parts.push(bytes(0x04034b50, 4), common, name, blob);
    directory.push([common, name, place]);
    place += 4 + common.length + name.length + blob.size;
  }
  const start = place;
  for (const [common, name, offset] of directory) {
    // Made by version 2.0; after the common part: comment, disk, attributes, place of the file.
    parts.push(
      bytes(0x02014b50, 4), bytes(20, 2), common, new Uint8Array(10), bytes(offset, 4), name,
    );
    place += 4 + 2 + common.length + 10 + 4 + name.length;
  }
  parts.push(bytes(0x06054b50, 4), bytes(0, 4), bytes(files.length, 2), bytes(files.length, 2),
    bytes(place - start, 4), bytes(start, 4), bytes(0, 2));
  return new Blob(parts, { type: 'application/zip' });
}

function bytes(number, count) {
  return Uint8Array.from({ length: count }, (_, place) => Math.floor(number / 256 ** place) % 256);
}

/** What a file's header and the directory both hold: stored, names in UTF-8, 1 January 1980. */
function header(sum, size, nameLength) {
  const fields = [
    [20, 2], [0x0800, 2], [0, 2], [0, 2], [0x0021, 2], [sum, 4], [size, 4], [size, 4],
    [nameLength, 2], [0, 2],
  ];
  return Uint8Array.from(fields.flatMap(([number, count]) => [...bytes(number, count)]));
}

function free(wanted, taken) {
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) {
    name = wanted.replace(/(\.[^./]*)?$/, `-${number}$1`);
  }
  taken.add(name);
  return name;
}
