// Where the picture lies on the stage: its scale, and the place of its corner, in CSS pixels.

export class Camera {
  constructor() {
    Object.assign(this, { scale: 1, x: 0, y: 0, isFitted: true, stage: [1, 1], picture: [1, 1] });
  }

  /** The stage or the picture changed its size. What was fitted stays so. */
  resize(stage, picture) {
    const isOther = this.picture[0] !== picture[0] || this.picture[1] !== picture[1];
    this.stage = stage;
    this.picture = picture;
    if (this.isFitted || isOther) this.fit();
    else this.clamp();
  }

  /** What stays free around a fitted picture: at the top is the bar of a result, or a warning. */
  get margins() {
    const [width, height] = this.stage;
    if (width > 600 && height > 400) return { top: 64, side: 32, bottom: 28 };
    // On a phone the bar has two rows, and most pictures leave them free.
    return { top: Math.min(Math.max(height - width, 12), 108), side: 12, bottom: 12 };
  }

  get fitting() {
    const { top, side, bottom } = this.margins;
    const [width, height] = this.picture;
    return Math.min((this.stage[0] - 2 * side) / width, (this.stage[1] - top - bottom) / height);
  }

  fit() {
    this.scale = Math.max(this.fitting, 1e-3);
    this.x = (this.stage[0] - this.picture[0] * this.scale) / 2;
    const { top, bottom } = this.margins;
    this.y = top + (this.stage[1] - top - bottom - this.picture[1] * this.scale) / 2;
    this.isFitted = true;
  }

  /** Zooms so that what lies under the place stays there. */
  zoom(factor, place = { x: this.stage[0] / 2, y: this.stage[1] / 2 }) {
    const wanted = Math.min(
      Math.max(this.scale * factor, this.fitting / 4), Math.max(40, this.fitting),
    );
    const ratio = wanted / this.scale;
    this.x = place.x - (place.x - this.x) * ratio;
    this.y = place.y - (place.y - this.y) * ratio;
    this.scale = wanted;
    this.isFitted = false;
    this.clamp();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.isFitted = false;
    this.clamp();
  }

  /** Keeps a part of the picture in sight. */
  clamp() {
    const edge = 48;
    const [width, height] = this.picture.map((side) => side * this.scale);
    this.x = Math.min(Math.max(this.x, edge - width), this.stage[0] - edge);
    this.y = Math.min(Math.max(this.y, edge - height), this.stage[1] - edge);
  }

  toPicture(place) {
    return { x: (place.x - this.x) / this.scale, y: (place.y - this.y) / this.scale };
  }

  toStage(point) {
    return { x: point.x * this.scale + this.x, y: point.y * this.scale + this.y };
  }
}
