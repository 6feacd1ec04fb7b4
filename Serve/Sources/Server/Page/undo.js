// Undo and redo: a list of steps, each with what takes it back and what does it again.

import { tell } from './state.js';

const limit = 200;
let done = [];
let undone = [];
let isBusy = false;

/** Remembers a step that has just been made. */
export function record(step) {
  done.push(step);
  if (done.length > limit) done.shift();
  undone = [];
  tell('undo');
}

export const canUndo = () => done.length > 0;
export const canRedo = () => undone.length > 0;

async function move(from, to, act) {
  if (isBusy || from.length === 0) return null;
  isBusy = true;
  const step = from.pop();
  try {
    await step[act]();
    to.push(step);
  } finally {
    isBusy = false;
    tell('undo');
  }
  return step.name;
}

/** Takes the last step back; resolves to its name, or null. */
export const undo = () => move(done, undone, 'undo');
export const redo = () => move(undone, done, 'redo');
