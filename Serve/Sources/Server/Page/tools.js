// Brush, eraser, rectangle and lasso: what a drag does to the mask.

import { find, showSlider } from './elements.js';
import { setSketch } from './stage.js';
import { keep, recall } from './store.js';
import { backToEditing, on, state, tell } from './state.js';
import { record } from './undo.js';

export const toolNames = {
  brush: 'Brush', eraser: 'Eraser', rectangle: 'Rectangle', lasso: 'Lasso',
};

let points = null;
let erases = false;

/**
 * Begins a drag at a point of the picture.
 *
 * @param other turns round what is drawn: erases, or paints with the eraser
 */
export function beginStroke(point, other = false) {
  points = [point];
  erases = (state.tool === 'eraser') !== other;
  if (isRound()) paint([point]);
}

/** Goes on to a point; `isStraight` draws one line from the start. */
export function continueStroke(point, isStraight = false) {
  if (points === null) return;
  if (isRound()) {
    if (isStraight) {
      state.mask.discard();
      points = [points[0], point];
      paint(points);
    } else {
      paint([points[points.length - 1], point]);
      points.push(point);
    }
  } else {
    points.push(point);
    setSketch({ kind: state.tool, points });
  }
}

/** Ends the drag; what it drew counts and can be undone. */
export function endStroke() {
  if (points === null) return;
  const drawn = points;
  points = null;
  setSketch(null);
  if (state.tool === 'rectangle' && drawn.length > 1) {
    state.mask.rectangle(drawn[0], drawn[drawn.length - 1], erases);
  }
  if (state.tool === 'lasso' && drawn.length > 2) state.mask.polygon(drawn, erases);
  changeMask(toolNames[state.tool], () => state.mask.commit());
}

/** Forgets the drag: a second finger has come, or Escape was pressed. */
export function cancelStroke() {
  if (points === null) return;
  points = null;
  setSketch(null);
  state.mask.discard();
  tell('mask');
}

export const isDrawing = () => points !== null;

function isRound() {
  return state.tool === 'brush' || state.tool === 'eraser';
}

function paint(line) {
  state.mask.stroke(line, state.brush, erases);
  tell('drawing');
}

/** Changes the mask by a function that gives what takes it back, and remembers that. */
export function changeMask(name, change) {
  backToEditing();
  const step = change();
  if (step !== null) {
    const and = (act) => () => {
      act();
      tell('mask');
    };
    record({ name, undo: and(step.undo), redo: and(step.redo) });
  }
  tell('mask');
}

export function selectTool(name) {
  cancelStroke();
  state.tool = name;
  backToEditing();
  tell('tool');
}

/** Brush sizes grow by about an eighth, at least by a pixel. */
export function resizeBrush(direction) {
  const step = Math.max(1, Math.round(state.brush / 8));
  setBrush(state.brush + direction * step);
}

/** Sets the brush's size, in the picture's pixels; one that the user chose is kept. */
export function setBrush(size, isChosen = true) {
  state.brush = Math.min(Math.max(Math.round(size), 1), 200);
  if (isChosen) keep('brush', state.brush);
  tell('tool');
}

/** A brush that suits the picture, until the user has chosen one. */
function suitBrush() {
  const chosen = Number(recall('brush', null));
  const longest = state.source === null ? 480 : Math.max(state.source.width, state.source.height);
  setBrush(chosen || longest / 12, false);
}

export function startTools() {
  const buttons = [...document.querySelectorAll('[data-tool]')];
  for (const button of buttons) {
    button.addEventListener('click', () => selectTool(button.dataset.tool));
  }
  const slider = find('brush');
  slider.addEventListener('input', () => setBrush(Number(slider.value)));
  const show = () => {
    for (const button of buttons) {
      button.setAttribute(
        'aria-pressed', String(state.shown === null && button.dataset.tool === state.tool),
      );
    }
    slider.value = state.brush;
    showSlider(slider);
    find('brush-size').textContent = state.brush;
  };
  on('tool shown', show);
  on('source', suitBrush);
  suitBrush();
}
