// The picture as it is seen: source, mask, the region that the model sees, what forms, results.

import { Camera } from './camera.js';
import { find } from './elements.js';
import { divider, label, outline } from './marks.js';
import { on, state, tell } from './state.js';

export const camera = new Camera();

const canvas = find('canvas');
const context = canvas.getContext('2d');
let isWaiting = false;

/** What a drag is about to draw: `{ kind, points }`, in the picture's pixels. */
let sketch = null;
/** Where the brush would paint; null where no pointer is over the stage. */
let pointer = null;
/** What forms: `{ picture, mask, region, bitmap }`. */
let forming = null;
/** The result in sight: `{ before, after }`, both decoded. */
let pair = null;

export function setSketch(drawn) {
  sketch = drawn;
  redraw();
}

export function setPointer(point) {
  pointer = point;
  redraw();
}

export function setForming(changed) {
  forming = changed;
  redraw();
}

export function setPair(changed) {
  pair = changed;
  resize();
}

/** Draws before the next frame. */
export function redraw() {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(() => {
    isWaiting = false;
    draw();
  });
}

function picture() {
  if (state.shown === null) return state.source?.bitmap ?? null;
  if (state.shown.index === null) return forming?.picture ?? null;
  return pair?.after ?? null;
}

export function resize() {
  const box = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
  }
  const shown = picture();
  if (shown !== null) camera.resize([box.width, box.height], [shown.width, shown.height]);
  tell('zoom');
  redraw();
}

function draw() {
  const shown = picture();
  // While a result is being decoded, what was seen stays.
  if (shown === null && state.shown !== null) return;
  onStage();
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (shown === null) return;
  drawGround(shown);
  if (state.shown === null) drawEditing();
  else if (state.shown.index === null) drawForming();
  else drawResult();
}

/** From here on, one unit is a pixel of the picture. */
function inPicture() {
  const ratio = window.devicePixelRatio || 1;
  context.setTransform(
    ratio * camera.scale, 0, 0, ratio * camera.scale, ratio * camera.x, ratio * camera.y,
  );
  context.imageSmoothingEnabled = camera.scale < 3;
  context.imageSmoothingQuality = 'high';
}

function onStage() {
  const ratio = window.devicePixelRatio || 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

/** Squares that show through where a picture is transparent. */
function drawGround(shown) {
  const corner = camera.toStage({ x: 0, y: 0 });
  const [width, height] = [shown.width * camera.scale, shown.height * camera.scale];
  context.save();
  context.shadowColor = 'rgb(0 0 0 / .22)';
  context.shadowBlur = 24;
  context.shadowOffsetY = 6;
  context.fillStyle = '#bdbab4';
  // A little smaller than the picture, or it would shine through along its edges.
  context.fillRect(corner.x + 1, corner.y + 1, width - 2, height - 2);
  context.restore();
  context.save();
  context.beginPath();
  context.rect(corner.x + 1, corner.y + 1, width - 2, height - 2);
  context.clip();
  context.fillStyle = '#d8d5cf';
  const [left, top] = [Math.max(corner.x, 0), Math.max(corner.y, 0)];
  const [right, bottom] = [
    Math.min(corner.x + width, canvas.width), Math.min(corner.y + height, canvas.height),
  ];
  for (let y = top - (top % 16); y < bottom; y += 8) {
    for (let x = left - (left % 16) + (Math.round(y / 8) % 2) * 8; x < right; x += 16) {
      context.fillRect(x, y, 8, 8);
    }
  }
  context.restore();
}

function drawEditing() {
  inPicture();
  context.drawImage(state.source.bitmap, 0, 0);
  if (state.mask !== null) {
    context.globalAlpha = 0.5;
    context.drawImage(state.mask.canvas, 0, 0);
    context.globalAlpha = 1;
  }
  onStage();
  if (state.plan?.region) drawRegion(state.plan.region);
  if (sketch !== null) drawSketch();
  if (pointer !== null) drawPointer();
}

function drawRegion({ x, y, width, height }) {
  const start = camera.toStage({ x, y });
  const isWhole = width >= state.source.width && height >= state.source.height;
  if (isWhole) return;
  const sides = [width * camera.scale, height * camera.scale];
  context.fillStyle = 'rgb(0 0 0 / .22)';
  const whole = camera.toStage({ x: 0, y: 0 });
  context.beginPath();
  context.rect(
    whole.x, whole.y, state.source.width * camera.scale, state.source.height * camera.scale,
  );
  context.rect(start.x, start.y, ...sides);
  context.fill('evenodd');
  outline(context, [6, 5], () => context.rect(start.x, start.y, ...sides));
  const top = start.y >= 26 ? start.y - 26 : start.y + 4;
  label(context, `The model sees ${width} × ${height}`, { x: start.x, y: top });
}

function drawSketch() {
  const points = sketch.points.map((point) => camera.toStage(point));
  if (points.length < 2) return;
  const last = points[points.length - 1];
  if (sketch.kind === 'rectangle') {
    const [x, y] = [Math.min(points[0].x, last.x), Math.min(points[0].y, last.y)];
    outline(
      context, [5, 4],
      () => context.rect(x, y, Math.abs(last.x - points[0].x), Math.abs(last.y - points[0].y)),
    );
  } else {
    outline(context, [5, 4], () => {
      for (const point of points) context.lineTo(point.x, point.y);
      context.closePath();
    });
  }
}

function drawPointer() {
  const place = camera.toStage(pointer);
  const isRound = state.tool === 'brush' || state.tool === 'eraser';
  if (isRound) {
    outline(
      context, [],
      () =>
        context.arc(
          place.x, place.y, Math.max(state.brush * camera.scale / 2, 1.5), 0, 2 * Math.PI,
        ),
    );
  }
  if (!isRound || pointer.isCrosshair || state.brush * camera.scale < 8) {
    outline(context, [], () => {
      context.moveTo(place.x - 9, place.y);
      context.lineTo(place.x + 9, place.y);
      context.moveTo(place.x, place.y - 9);
      context.lineTo(place.x, place.y + 9);
    });
  }
}

function drawForming() {
  inPicture();
  context.drawImage(forming.picture, 0, 0);
  if (!forming.bitmap) {
    context.globalAlpha = 0.5;
    context.drawImage(forming.mask, 0, 0);
    context.globalAlpha = 1;
    return;
  }
  const { x, y, width, height } = forming.region;
  const scale = Math.min(1, 1024 / Math.max(width, height));
  const layer = new OffscreenCanvas(
    Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)),
  );
  const layered = layer.getContext('2d');
  layered.imageSmoothingEnabled = forming.bitmap.width < layer.width || scale < 1;
  layered.drawImage(forming.bitmap, 0, 0, layer.width, layer.height);
  layered.globalCompositeOperation = 'destination-in';
  layered.drawImage(forming.mask, x, y, width, height, 0, 0, layer.width, layer.height);
  context.drawImage(layer, x, y, width, height);
}

function drawResult() {
  inPicture();
  const { mode, at } = state.compare;
  const { before, after } = pair;
  context.drawImage(mode === 'before' ? before : after, 0, 0);
  if (mode === 'slide' && at > 0) {
    context.save();
    context.beginPath();
    context.rect(0, 0, at * after.width, after.height);
    context.clip();
    context.drawImage(before, 0, 0, after.width, after.height);
    context.restore();
    onStage();
    const top = camera.toStage({ x: at * after.width, y: 0 });
    const bottom = camera.toStage({ x: at * after.width, y: after.height });
    divider(context, top.x, Math.max(top.y, 0), Math.min(bottom.y, camera.stage[1]));
  }
  onStage();
}

export function startStage() {
  new ResizeObserver(resize).observe(canvas);
  on('source shown', resize);
  on('mask drawing plan compare tool', redraw);
  on('zoom', () => {
    find('zoom-fit').textContent = `${Math.round(100 * camera.scale)} %`;
    document.querySelector('.zoom').hidden = picture() === null;
  });
  find('zoom-in').addEventListener('click', () => zoom(1.25));
  find('zoom-out').addEventListener('click', () => zoom(0.8));
  find('zoom-fit').addEventListener('click', fit);
}

export function zoom(factor, place) {
  camera.zoom(factor, place);
  tell('zoom');
  redraw();
}

export function fit() {
  camera.fit();
  tell('zoom');
  redraw();
}
