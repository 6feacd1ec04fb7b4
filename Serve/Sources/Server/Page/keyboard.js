// Every key, in one table: what it does, and how the help names it.

import { find } from './elements.js';
import { announce, toast } from './say.js';
import {
  copyResult, paint, paintGrid, removeResult, restoreResult, saveMask, saveResult, useResult,
  varyResult,
} from './actions.js';
import { explainBatch } from './batch.js';
import { currentResult, holdBefore, toggleSlider } from './compare.js';
import { pressCrosshair } from './crosshair.js';
import { pick } from './files.js';
import { holdSpace } from './gestures.js';
import { openHelp } from './help.js';
import { cancelAll } from './queue.js';
import { step } from './results.js';
import { toggleSeed } from './settings.js';
import { chooseReference } from './source.js';
import { fit, zoom } from './stage.js';
import { recall } from './store.js';
import { nextTheme } from './theme.js';
import { cancelStroke, changeMask, isDrawing, resizeBrush, selectTool } from './tools.js';
import { redo, undo } from './undo.js';
import { backToEditing, state } from './state.js';

/** Takes back or does again, and says what. */
export async function travel(move, word) {
  backToEditing();
  const name = await move();
  announce(name === null ? 'Nothing to do.' : `${word}: ${name}`);
}

export const edit = (name, act) => () => {
  if (state.mask !== null) changeMask(name, () => act(state.mask));
};

function back() {
  if (isDrawing()) cancelStroke();
  else if (state.shown !== null) backToEditing();
  else fit();
}

/** Groups of keys: what is pressed, what the help says, what happens. Letters work without Ctrl. */
export const keys = [
  ['Pictures', [
    ['o', 'Choose the source', () => pick('source')],
    ['Shift+o', 'Add a reference', () => pick('reference')],
    ['1', 'Choose a reference, 1 to 9', null], ['Shift+b', 'Batch', explainBatch],
    ['Ctrl+v', 'Paste a picture', null],
  ]],
  ['Mask', [
    ['b', 'Brush', () => selectTool('brush')], ['e', 'Eraser', () => selectTool('eraser')],
    ['r', 'Rectangle', () => selectTool('rectangle')], ['l', 'Lasso', () => selectTool('lasso')],
    ['[', 'Smaller brush', () => resizeBrush(-1)], [']', 'Larger brush', () => resizeBrush(1)],
    ['Ctrl+z', 'Undo', () => travel(undo, 'Undone')],
    ['Ctrl+Shift+z', 'Redo', () => travel(redo, 'Done again')],
    ['i', 'Invert', edit('Inverted', (mask) => mask.invert())],
    ['Delete', 'Clear', edit('Cleared', (mask) => mask.clear())],
    ['m', 'Load a mask', () => pick('mask')], ['Shift+m', 'Save the mask', saveMask],
  ]],
  ['Drawing with keys, on the picture', [
    ['Arrows', 'Move the crosshair; with Shift by a pixel', null],
    ['Enter', 'Start and end a stroke or a rectangle', null],
  ]],
  ['View', [
    ['+', 'Zoom in; also the wheel, or two fingers', () => zoom(1.25)],
    ['-', 'Zoom out', () => zoom(0.8)],
    ['0', 'Fit', fit], ['Space', 'Hold and drag: move the picture', null],
    ['Esc', 'Back to editing; forget a stroke', back],
    ['d', 'Dark, light or as the system', nextTheme],
  ]],
  ['Painting', [
    ['Ctrl+Enter', 'Paint', () => paint()], ['Shift+r', 'Paint', () => paint()],
    ['g', 'Similarities 1 to 9', paintGrid],
    ['n', 'A new seed each time, or the last one again', toggleSeed],
    ['Shift+x', 'Cancel everything that waits or runs', cancelAll],
  ]],
  ['Results', [
    ['Tab', 'Hold: the picture before', null],
    ['x', 'Slider between before and after', toggleSlider],
    ['.', 'Next result', () => step(1)], [',', 'Result before', () => step(-1)],
    ['Ctrl+c', 'Copy', copyResult], ['Ctrl+s', 'Save', saveResult],
    ['u', 'Use as the source', useResult],
    ['v', 'Vary: new seeds', varyResult], ['Shift+u', 'Back to what it was made of', restoreResult],
    ['Shift+Delete', 'Remove', removeResult], ['?', 'This help', openHelp],
  ]],
];

const rows = keys.flatMap(([, group]) => group).filter(([, , act]) => act !== null);
const actions = new Map(rows.map(([key, , act]) => [key, act]));

const repeating = ['[', ']', '+', '-', '.', ',', 'Ctrl+z', 'Ctrl+Shift+z'];

/** A key as the table names it. */
function nameOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const named = key === 'Escape' ? 'Esc' : key === 'Backspace' ? 'Delete' : key === '=' ? '+' : key;
  // Shift is part of what is printed on a key, but for letters and named keys.
  const isShifted = event.shiftKey && (/^[a-z]$/.test(named) || named.length > 1);
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${isShifted ? 'Shift+' : ''}${named}`;
}

const isTyping = (target) =>
  target.matches?.('input:not([type=range], [type=checkbox]), select, textarea');

/** What keeps its own keys: lists, buttons under Enter and Space, sliders under arrows. */
function belongsToControl(event, name) {
  const { target } = event;
  if (isTyping(target)) return name !== 'Ctrl+Enter';
  if (name === 'Enter' || name === ' ') return target.matches?.('button, a, summary, input');
  return false;
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  if (document.querySelector('dialog[open]') !== null) return;
  const name = nameOf(event);
  if (name === 'Tab' || name === 'Shift+Tab') return pressTab(event);
  if (belongsToControl(event, name)) return;
  if (event.key === ' ') {
    event.preventDefault();
    return holdSpace(true);
  }
  if (event.target === find('canvas')) {
    const isArrow = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
    if (state.shown !== null && isArrow) return step(event.key === 'ArrowRight' ? 1 : -1);
    if (pressCrosshair(event)) return event.preventDefault();
  }
  // A text that is selected is what the user wants to copy.
  if (name === 'Ctrl+c' && (!getSelection().isCollapsed || currentResult() === null)) return;
  const isLetter = name.length === 1 || /^Shift\+[a-z]$/.test(name);
  if (isLetter && name !== '?' && !recall('letters', true)) return;
  if (/^[1-9]$/.test(name)) {
    const picture = state.references[Number(name) - 1];
    if (picture !== undefined) chooseReference(picture.id);
    return;
  }
  const act = actions.get(name);
  if (act === undefined) return;
  event.preventDefault();
  // A key that is held down goes on only where that is harmless.
  if (event.repeat && !repeating.includes(name)) return;
  Promise.resolve(act()).catch((error) => toast(error.message, { problem: true }));
}

// MARK: Tab, held over a result

let since = null;
let from = null;

/** Over a result, Tab held shows the picture before; pressed briefly it moves on, as everywhere. */
function pressTab(event) {
  const { target } = event;
  const isOver = target === find('canvas') || target === document.body
    || find('strip').contains(target);
  if (event.shiftKey || currentResult() === null || !isOver) return;
  event.preventDefault();
  if (event.repeat || since !== null) return;
  since = performance.now();
  from = target === document.body ? find('canvas') : target;
  holdBefore(true);
}

function released(event) {
  if (event.key === ' ') holdSpace(false);
  if (event.key !== 'Tab' || since === null) return;
  const isBrief = performance.now() - since < 220;
  since = null;
  holdBefore(false);
  if (isBrief) focusAfter(from);
}

function focusAfter(start) {
  const all = [
    ...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')
  ];
  const next = all.slice(all.indexOf(start) + 1).find((each) =>
    !each.disabled && each.checkVisibility() && each.tabIndex >= 0);
  next?.focus();
}

export function startKeyboard() {
  document.addEventListener('keydown', pressed);
  document.addEventListener('keyup', released);
  addEventListener('blur', () => {
    holdSpace(false);
    if (since !== null) {
      since = null;
      holdBefore(false);
    }
  });
  find('undo').addEventListener('click', () => travel(undo, 'Undone'));
  find('redo').addEventListener('click', () => travel(redo, 'Done again'));
  find('invert').addEventListener('click', actions.get('i'));
  find('clear').addEventListener('click', actions.get('Delete'));
  find('back').addEventListener('click', back);
  find('canvas').addEventListener('dblclick', () => {
    if (state.shown !== null) fit();
  });
}
