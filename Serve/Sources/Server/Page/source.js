// The picture that is edited and its references: choosing, showing, and keeping them for a reload.

import { element, find, icon, thumbnail } from './elements.js';
import { toast } from './say.js';
import { bitsOf, Mask } from './mask.js';
import { decode, keepPicture, recallPicture } from './pictures.js';
import { writeMask } from './png.js';
import { get, put } from './store.js';
import { currentReference, on, state, tell } from './state.js';
import { record } from './undo.js';

const small = new Map();

/** Makes a picture the one that is edited. What was there before can be had back by undo. */
export async function setSource(picture, { bits = null, isRestored = false } = {}) {
  await keepSafely(picture);
  const before = snapshot();
  place(picture, bits);
  const after = snapshot();
  if (!isRestored) {
    record({ name: 'New picture', undo: () => comeBack(before), redo: () => comeBack(after) });
  }
}

function place(picture, bits) {
  state.source = picture;
  state.mask = picture === null ? null : new Mask(picture.width, picture.height);
  if (picture !== null && bits !== null) state.mask.replace(bits);
  state.shown = null;
  state.plan = null;
  tell('source');
  tell('mask');
  tell('shown');
}

/** Which picture is edited, and its mask in short. */
function snapshot() {
  if (state.source === null) return null;
  return { id: state.source.id, runs: state.mask.runs(state.mask.whole) };
}

async function comeBack(kept) {
  const picture = kept === null ? null : await recallPicture(kept.id);
  if (kept !== null && picture === null) {
    toast('That picture is no longer kept in this browser.', { problem: true });
    return;
  }
  place(picture, null);
  if (picture === null) return;
  state.mask.restore(state.mask.whole, kept.runs);
  tell('mask');
}

export async function addReference(picture) {
  await keepSafely(picture);
  if (!state.references.some((other) => other.id === picture.id)) state.references.push(picture);
  state.chosen = picture.id;
  tell('references');
}

export function removeReference(id) {
  const place = state.references.findIndex((picture) => picture.id === id);
  const [gone] = state.references.splice(place, 1);
  if (state.chosen === id) state.chosen = state.references[Math.max(place - 1, 0)]?.id ?? null;
  tell('references');
  record({
    name: 'Reference removed',
    undo: () => {
      state.references.splice(place, 0, gone);
      state.chosen = gone.id;
      tell('references');
    },
    redo: () => removeQuietly(id),
  });
}

function removeQuietly(id) {
  state.references = state.references.filter((picture) => picture.id !== id);
  if (state.chosen === id) state.chosen = state.references[0]?.id ?? null;
  tell('references');
}

export function chooseReference(id) {
  state.chosen = id;
  tell('references');
}

/** Keeps a picture for runs and reloads, or says that there is no room. */
export async function keepSafely(picture) {
  try {
    await keepPicture(picture);
  } catch {
    const text = 'The browser has no room left to keep this picture. It works until you reload; '
      + 'clear old results to make room.';
    toast(text, { problem: true });
  }
}

// MARK: A reload

/** Brings back what was on the page. */
export async function recallSession() {
  const session = await get('session', 'now');
  if (session === undefined) return;
  const references = await Promise.all((session.references ?? []).map(recallPicture));
  state.references = references.filter((picture) => picture !== null);
  state.chosen = session.chosen;
  if (currentReference() === null) state.chosen = state.references[0]?.id ?? null;
  tell('references');
  const source = session.source === null ? null : await recallPicture(session.source);
  if (source === null) return;
  const bits = session.mask
    ? bitsOf(await decode(session.mask), source.width, source.height)
    : null;
  await setSource(source, { bits, isRestored: true });
}

let saving = null;

async function save() {
  const { source, mask } = state;
  const isDrawn = mask !== null && !mask.isEmpty;
  const kept = isDrawn ? await writeMask(mask.width, mask.height, mask.bits) : null;
  if (source !== state.source) return;
  await put('session', {
    id: 'now', source: source?.id ?? null, mask: kept, chosen: state.chosen,
    references: state.references.map((picture) => picture.id),
  }).catch(() => {});
}

// MARK: What is seen

async function smallOf(picture) {
  if (!small.has(picture.id)) small.set(picture.id, thumbnail(picture.bitmap, 132));
  const copy = small.get(picture.id).cloneNode();
  copy.getContext('2d').drawImage(small.get(picture.id), 0, 0);
  return copy;
}

async function showSource() {
  const { source } = state;
  find('empty').hidden = source !== null || state.shown !== null;
  const button = find('source');
  if (source === null) {
    const hole = element('span', { class: 'hole' }, icon('picture'));
    button.replaceChildren(hole, element('span', {}, element('b', {}, 'Choose a picture'),
      element('span', { class: 'hint' }, 'or drop or paste one')));
  } else {
    const size = `${source.width} × ${source.height}`;
    const text = element(
      'span', {}, element('b', {}, source.name), element('span', { class: 'hint' }, size),
    );
    button.replaceChildren(await smallOf(source), text);
  }
  button.title = `${source === null ? 'Choose' : 'Change'} the source  O`;
  const about = source === null
    ? 'Picture: none yet'
    : `Picture: ${source.name}, ${source.width} by ${source.height} pixels`;
  find('canvas').setAttribute('aria-label', about);
}

async function showReferences() {
  const tiles = await Promise.all(state.references.map(referenceTile));
  const isFirst = tiles.length === 0;
  const add = element('button', {
    type: 'button', class: isFirst ? 'add wide' : 'add', id: 'add-reference',
    title: 'Add a reference  Shift+O',
  },
    ...(isFirst
      ? [
        element('span', { class: 'frame' }, icon('plus')),
        element('span', {}, 'Add what should appear'),
      ]
      : [icon('plus'), element('span', { class: 'unseen' }, 'Add a reference')]));
  add.setAttribute('aria-keyshortcuts', 'Shift+O');
  add.addEventListener('click', () => tell('pick', 'reference'));
  find('references').replaceChildren(...tiles, add);
}

async function referenceTile(picture, place) {
  const isChosen = picture.id === state.chosen;
  const choose = element('button', {
    type: 'button', 'aria-pressed': String(isChosen), title: picture.name,
    'aria-label': `Reference ${place + 1}: ${picture.name}`,
  }, await smallOf(picture));
  choose.addEventListener('click', () => {
    chooseReference(picture.id);
    find('references').querySelectorAll('[aria-pressed]')[place]?.focus();
  });
  const away = element(
    'button', { type: 'button', class: 'take-away', 'aria-label': `Remove reference ${place + 1}` },
    icon('close'),
  );
  away.addEventListener('click', () => removeReference(picture.id));
  return element('div', { class: 'reference' }, choose, away);
}

/** Renders the latest state once, whatever finishes first. */
function latest(show) {
  let turn = Promise.resolve();
  return () => {
    turn = turn.then(show);
  };
}

export function startSource() {
  on('source shown', latest(showSource));
  on('references', latest(showReferences));
  on('source references mask', () => {
    clearTimeout(saving);
    saving = setTimeout(save, 400);
  });
  addEventListener('pagehide', () => {
    clearTimeout(saving);
    save();
  });
  showSource();
  showReferences();
}

/** In words, for the button that paints: what is still missing; empty when nothing is. */
export function whatIsMissing() {
  const missing = [];
  if (state.source === null) missing.push('a picture');
  if (currentReference() === null) missing.push('a reference');
  if (state.source !== null && state.mask.isEmpty) {
    missing.push('a mask: paint over the place to change');
  }
  return missing.length === 0 ? '' : `Still needed: ${missing.join(', ')}.`;
}

