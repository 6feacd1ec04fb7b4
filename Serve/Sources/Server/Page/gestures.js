// Mouse, pen and fingers on the stage: draw, pan, zoom, compare.

import { find } from './elements.js';
import { camera, redraw, setPointer, zoom } from './stage.js';
import { state, tell } from './state.js';
import { beginStroke, cancelStroke, continueStroke, endStroke, isDrawing } from './tools.js';

const canvas = find('canvas');
const fingers = new Map();
let mode = null;
let last = null;
let isSpaceHeld = false;

/** While the space bar is held, a drag moves the picture. */
export function holdSpace(isHeld) {
  isSpaceHeld = isHeld;
  showCursor();
}

function placeOf(event) {
  const box = canvas.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

const isEditing = () => state.shown === null && state.mask !== null;

function showCursor() {
  const pans = isSpaceHeld || mode === 'pan'
    || (state.shown !== null && state.compare.mode !== 'slide');
  canvas.classList.toggle('grabbing', mode === 'pan' || mode === 'pinch');
  canvas.classList.toggle('grab', pans && mode === null);
  canvas.classList.toggle('drawing', isEditing() && !pans);
}

function pressed(event) {
  if (state.source === null && state.shown === null) return;
  // Who points sees where they are; the ring is for who comes with keys.
  canvas.classList.add('pointed');
  canvas.focus({ preventScroll: true });
  const place = placeOf(event);
  canvas.setPointerCapture(event.pointerId);
  if (event.pointerType === 'touch') fingers.set(event.pointerId, place);
  if (fingers.size === 2) {
    // Two fingers never draw: what the first one began is forgotten.
    cancelStroke();
    mode = 'pinch';
    last = spread();
    return;
  }
  if (fingers.size > 2) return;
  last = place;
  if (isSpaceHeld || event.button === 1) mode = 'pan';
  else if (state.shown !== null) mode = state.compare.mode === 'slide' ? 'slide' : 'pan';
  else if (isEditing() && (event.button === 0 || event.button === 2)) {
    mode = 'draw';
    beginStroke(camera.toPicture(place), event.button === 2 || event.altKey);
  }
  if (mode === 'slide') slide(place);
  showCursor();
}

function moved(event) {
  const place = placeOf(event);
  if (fingers.has(event.pointerId)) fingers.set(event.pointerId, place);
  if (mode === 'pinch' && fingers.size === 2) return pinch();
  if (mode === 'pan' && last !== null) {
    camera.pan(place.x - last.x, place.y - last.y);
    last = place;
    tell('zoom');
    redraw();
  } else if (mode === 'slide') slide(place);
  else if (mode === 'draw' && isDrawing()) {
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length > 0 ? all : [event]) {
      continueStroke(camera.toPicture(placeOf(each)), event.shiftKey);
    }
  }
  if (event.pointerType !== 'touch') setPointer(isEditing() ? camera.toPicture(place) : null);
  else if (mode === 'draw') setPointer(camera.toPicture(place));
  showCursor();
}

function released(event) {
  fingers.delete(event.pointerId);
  if (mode === 'draw') {
    if (event.type === 'pointercancel') cancelStroke();
    else endStroke();
  }
  // The finger that is left of two does nothing until it is lifted, too.
  if (fingers.size === 0) mode = null;
  else mode = 'rest';
  if (event.pointerType === 'touch') setPointer(null);
  showCursor();
}

/** The middle of two fingers and how far they are apart. */
function spread() {
  const [a, b] = [...fingers.values()];
  return {
    x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, width: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1),
  };
}

function pinch() {
  const now = spread();
  camera.pan(now.x - last.x, now.y - last.y);
  zoom(now.width / last.width, now);
  last = now;
}

function slide(place) {
  const share = camera.toPicture(place).x / camera.picture[0];
  state.compare = { mode: 'slide', at: Math.min(Math.max(share, 0), 1) };
  tell('compare');
}

function turned(event) {
  if (state.source === null && state.shown === null) return;
  event.preventDefault();
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
  const speed = event.ctrlKey ? 0.01 : 0.0016;
  zoom(Math.exp(-event.deltaY * lines * speed), placeOf(event));
}

export function startGestures() {
  canvas.addEventListener('pointerdown', pressed);
  canvas.addEventListener('pointermove', moved);
  canvas.addEventListener('pointerup', released);
  canvas.addEventListener('pointercancel', released);
  canvas.addEventListener('pointerleave', () => {
    if (mode === null) setPointer(null);
  });
  canvas.addEventListener('wheel', turned, { passive: false });
  document.addEventListener('keydown', () => canvas.classList.remove('pointed'));
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
}
