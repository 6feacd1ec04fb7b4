// Drawing without a pointer: arrow keys move a crosshair, Enter starts and ends a stroke.

import { announce } from './say.js';
import { find } from './elements.js';
import { camera, setPointer } from './stage.js';
import { on, state } from './state.js';
import {
  beginStroke, continueStroke, endStroke, isDrawing, cancelStroke, toolNames,
} from './tools.js';

const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
let point = null;
let isDown = false;

/** @returns whether the key meant something to the crosshair */
export function pressCrosshair(event) {
  if (state.shown !== null || state.mask === null) return false;
  if (event.key in steps) {
    move(steps[event.key], event.shiftKey);
    return true;
  }
  if (event.key === 'Enter' && point !== null) {
    toggle();
    return true;
  }
  return false;
}

function move([dx, dy], isFine) {
  const { width, height } = state.mask;
  const step = isFine ? 1 : Math.max(1, Math.round(Math.max(width, height) / 40));
  const from = point ?? { x: width / 2, y: height / 2 };
  point = {
    x: Math.min(Math.max(from.x + dx * step, 0), width),
    y: Math.min(Math.max(from.y + dy * step, 0), height),
    isCrosshair: true,
  };
  keepInSight();
  if (isDown) continueStroke(point);
  setPointer(point);
  announce(`${Math.round(point.x)}, ${Math.round(point.y)}${isDown ? ', drawing' : ''}`);
}

function keepInSight() {
  const place = camera.toStage(point);
  const [width, height] = camera.stage;
  const beyond = (at, length) => Math.min(at - 20, 0) + Math.max(at - length + 20, 0);
  const [dx, dy] = [beyond(place.x, width), beyond(place.y, height)];
  if (dx !== 0 || dy !== 0) camera.pan(-dx, -dy);
}

function toggle() {
  if (isDown && isDrawing()) {
    isDown = false;
    endStroke();
    const share = (100 * state.mask.share).toFixed(1);
    announce(`${toolNames[state.tool]} ended. ${share} % of the picture is masked.`);
  } else {
    isDown = true;
    beginStroke(point);
    announce(`${toolNames[state.tool]} started. Move with the arrow keys, end with Enter.`);
  }
}

export function dropCrosshair() {
  if (isDown) cancelStroke();
  isDown = false;
  point = null;
  setPointer(null);
}

export function startCrosshair() {
  on('source', dropCrosshair);
  find('canvas').addEventListener('blur', dropCrosshair);
  find('canvas').addEventListener('pointerdown', () => {
    [point, isDown] = [null, false];
  });
}
