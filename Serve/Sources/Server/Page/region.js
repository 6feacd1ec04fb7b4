// What the server says of the mask before anything is painted: what it will see, and warnings.

import { base64, plan } from './api.js';
import { find } from './elements.js';
import { megabytes } from './pictures.js';
import { writeMask } from './png.js';
import { on, state, tell } from './state.js';

let waiting = null;
let turn = 0;

function ask() {
  clearTimeout(waiting);
  turn += 1;
  if (state.mask === null || state.mask.isEmpty || state.model === null) {
    state.plan = null;
    tell('plan');
    return;
  }
  waiting = setTimeout(answer, 250);
}

async function answer() {
  const [mine, { mask, settings }] = [turn, state];
  try {
    const picture = await base64(await writeMask(mask.width, mask.height, mask.bits));
    const told = await plan({
      model: state.model, width: mask.width, height: mask.height, mask: picture,
      settings: { crop: settings.crop, count: settings.count },
    });
    // A later change of the mask has its own answer.
    if (mine !== turn) return;
    state.plan = told;
  } catch (error) {
    if (mine !== turn) return;
    state.plan = error.status === 422 ? { notes: [error.message] } : null;
  }
  tell('plan');
}

/** What commands print as a warning about a file, as a sentence. */
export function sentence(note) {
  const text = note.replace(/^warning: (mask: )?/, '');
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

function show() {
  const notes = (state.plan?.notes ?? []).map(sentence);
  const { needs, available } = state.plan ?? {};
  if (needs && available && needs > available) {
    notes.push(
      `This needs about ${megabytes(needs)} of memory, but ${megabytes(available)} are free.`,
    );
  }
  const note = find('mask-note');
  const isHidden = notes.length === 0 || state.shown !== null;
  const text = notes.join(' ');
  if (!isHidden && note.querySelector('p').textContent !== text) find('status').textContent = text;
  note.hidden = isHidden;
  note.querySelector('p').textContent = text;
}

export function startRegion() {
  on('mask model', ask);
  let [crop, count] = [null, null];
  on('settings', () => {
    if (state.settings.crop === crop && state.settings.count === count) return;
    ({ crop, count } = state.settings);
    ask();
  });
  on('plan shown', show);
}
