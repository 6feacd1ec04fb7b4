// The mask: a bit for each pixel of the upright picture, and a canvas that shows them in a colour.

const colour = [240, 70, 36];
const style = `rgb(${colour.join(',')})`;

export class Mask {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.bits = new Uint8Array(width * height);
    this.canvas = document.createElement('canvas');
    this.canvas.width = width;
    this.canvas.height = height;
    this.context = this.canvas.getContext('2d', { willReadFrequently: true });
    this.touched = null;
    /** How many bits are set. */
    this.count = 0;
  }

  // MARK: Drawing. Nothing counts until `commit`.

  /** A line with round ends through points, `diameter` pixels wide. */
  stroke(points, diameter, erases) {
    this.prepare(erases);
    this.context.lineWidth = diameter;
    this.context.lineCap = 'round';
    this.context.lineJoin = 'round';
    this.context.beginPath();
    this.context.moveTo(points[0].x, points[0].y);
    for (const point of points) this.context.lineTo(point.x, point.y);
    this.context.stroke();
    // The smallest brush still fills the pixel that it is on.
    if (diameter < 2) {
      for (const point of points) {
        this.context.fillRect(Math.floor(point.x), Math.floor(point.y), 1, 1);
      }
    }
    for (const point of points) this.touch(point, diameter / 2 + 2);
  }

  polygon(points, erases) {
    this.prepare(erases);
    this.context.beginPath();
    for (const point of points) this.context.lineTo(point.x, point.y);
    this.context.fill();
    for (const point of points) this.touch(point, 2);
  }

  rectangle(a, b, erases) {
    this.prepare(erases);
    const [x0, x1] = [Math.min(a.x, b.x), Math.max(a.x, b.x)].map(Math.round);
    const [y0, y1] = [Math.min(a.y, b.y), Math.max(a.y, b.y)].map(Math.round);
    this.context.fillRect(x0, y0, x1 - x0, y1 - y0);
    this.touch(a, 2);
    this.touch(b, 2);
  }

  prepare(erases) {
    this.context.globalCompositeOperation = erases ? 'destination-out' : 'source-over';
    this.context.fillStyle = style;
    this.context.strokeStyle = style;
  }

  touch(point, margin) {
    const box = this.touched ?? { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
    this.touched = {
      x0: Math.min(box.x0, point.x - margin), y0: Math.min(box.y0, point.y - margin),
      x1: Math.max(box.x1, point.x + margin), y1: Math.max(box.y1, point.y + margin),
    };
  }

  // MARK: Changes that count

  /** Makes what was drawn count: pixels covered by half or more. Null where nothing changed. */
  commit() {
    const area = this.clipped(this.touched);
    this.touched = null;
    if (area === null) return null;
    const { data } = this.context.getImageData(area.x, area.y, area.width, area.height);
    return this.change(area, (_, index) => (data[4 * index + 3] >= 128 ? 1 : 0));
  }

  /** Forgets what was drawn since the last commit. */
  discard() {
    const area = this.clipped(this.touched);
    this.touched = null;
    if (area !== null) this.show(area);
  }

  invert() {
    return this.change(this.whole, (place) => 1 - this.bits[place]);
  }

  clear() {
    return this.change(this.whole, () => 0);
  }

  replace(bits) {
    return this.change(this.whole, (place) => bits[place]);
  }

  /** Sets an area's bits to a function of place in the mask and index in the area. */
  change(area, value) {
    const before = this.runs(area);
    let index = 0;
    let isChanged = false;
    for (let y = area.y; y < area.y + area.height; y += 1) {
      for (let x = area.x; x < area.x + area.width; x += 1, index += 1) {
        const place = y * this.width + x;
        const bit = value(place, index);
        if (bit !== this.bits[place]) isChanged = true;
        this.count += bit - this.bits[place];
        this.bits[place] = bit;
      }
    }
    this.show(area);
    if (!isChanged) return null;
    const after = this.runs(area);
    return { undo: () => this.restore(area, before), redo: () => this.restore(area, after) };
  }

  /** An area's bits as lengths of runs: first of zeros, then of ones, and so on. */
  runs({ x, y, width, height }) {
    const lengths = [];
    let [bit, length] = [0, 0];
    for (let row = y; row < y + height; row += 1) {
      for (let place = row * this.width + x; place < row * this.width + x + width; place += 1) {
        if (this.bits[place] !== bit) {
          lengths.push(length);
          [bit, length] = [1 - bit, 0];
        }
        length += 1;
      }
    }
    lengths.push(length);
    return Uint32Array.from(lengths);
  }

  restore(area, lengths) {
    let index = 0;
    lengths.forEach((length, turn) => {
      for (let end = index + length; index < end; index += 1) {
        const row = area.y + Math.floor(index / area.width);
        const place = row * this.width + area.x + index % area.width;
        this.count += turn % 2 - this.bits[place];
        this.bits[place] = turn % 2;
      }
    });
    this.show(area);
  }

  /** Draws an area's bits. */
  show({ x, y, width, height }) {
    const image = this.context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const filled = new Uint32Array(Uint8Array.of(...colour, 255).buffer)[0];
    let index = 0;
    for (let row = y; row < y + height; row += 1) {
      const start = row * this.width + x;
      for (let place = start; place < start + width; place += 1, index += 1) {
        if (this.bits[place] !== 0) pixels[index] = filled;
      }
    }
    this.context.putImageData(image, x, y);
  }

  get isEmpty() {
    return this.count === 0;
  }

  get share() {
    return this.count / this.bits.length;
  }

  get whole() {
    return { x: 0, y: 0, width: this.width, height: this.height };
  }

  clipped(box) {
    if (box === null) return null;
    const x = Math.max(0, Math.floor(box.x0));
    const y = Math.max(0, Math.floor(box.y0));
    const width = Math.min(this.width, Math.ceil(box.x1)) - x;
    const height = Math.min(this.height, Math.ceil(box.y1)) - y;
    return width > 0 && height > 0 ? { x, y, width, height } : null;
  }
}

/** The box around all bits that are set; empty where none is. */
export function boundsOf(bits, width, height) {
  let [x0, y0, x1, y1] = [width, height, -1, -1];
  for (let y = 0, place = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, place += 1) {
      if (bits[place] === 0) continue;
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      y1 = y;
    }
  }
  return { x: Math.min(x0, x1), y: Math.min(y0, y1), width: x1 + 1 - x0, height: y1 + 1 - y0 };
}

/**
 * A picture as a mask's bits: grey levels above 127, or what is opaque if it has transparency.
 *
 * A picture of another size in the same proportions is enlarged or reduced, pixel by pixel.
 */
export function bitsOf(bitmap, width, height) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.imageSmoothingEnabled = false;
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  let isTransparent = false;
  for (let at = 3; at < data.length && !isTransparent; at += 4) isTransparent = data[at] < 255;
  const bits = new Uint8Array(width * height);
  for (let place = 0, at = 0; place < bits.length; place += 1, at += 4) {
    const grey = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
    bits[place] = (isTransparent ? data[at + 3] : grey) > 127 ? 1 : 0;
  }
  return bits;
}
