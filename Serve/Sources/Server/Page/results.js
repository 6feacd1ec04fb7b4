// The strip: every run with its results, the newest first; and a run's results side by side.

import { element, find, icon, plural, thumbnail } from './elements.js';
import { ask, toast } from './say.js';
import { forgetRun } from './history.js';
import { bitsOf, boundsOf } from './mask.js';
import { decode } from './pictures.js';
import { again, isMine, isOver } from './queue.js';
import { showForming } from './progress.js';
import { describe } from './settings.js';
import { on, state, tell } from './state.js';

/** Small pictures of results, made once. */
const small = new WeakMap();
const rows = new Map();

/** The results of a run whose bytes have come. */
export const fetched = (run) => run.results.filter((result) => result.blob !== null);

function time(run) {
  return new Date(run.created).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit' });
}

const figure = (number) => Number(number.toPrecision(4)).toString();

/** Under a result: what tells it from the others of its run. */
function caption(run, result) {
  if (run.batch) return run.name;
  return run.settings.scales ? `sim ${figure(result.scale)}` : String(result.seed);
}

function tile(content, name, label, act) {
  const button = element('button', { class: 'tile', 'aria-label': label, title: label }, content,
    element('span', { class: 'name' }, element('span', {}, name)));
  button.addEventListener('click', act);
  return button;
}

function blank(name) {
  return element('span', { class: 'blank' }, icon(name));
}

async function smallOf(result) {
  if (!small.has(result.blob)) {
    const bitmap = await decode(result.small);
    small.set(result.blob, thumbnail(bitmap, 176));
    bitmap.close();
  }
  return small.get(result.blob);
}

/** What a run without an end, or with a bad one, shows. */
function stateTile(run) {
  if (run.state === 'failed') {
    const made = tile(blank('warning'), 'Failed', `${run.name} failed: ${run.error}`, () => {
      toast(`${run.name}: ${run.error}`, {
        problem: true, action: ['Try again', () => again(run)],
      });
    });
    made.classList.add('failed');
    return made;
  }
  if (run.state === 'cancelled') {
    return tile(
      blank('close'), 'Cancelled', `${run.name}: cancelled. Press to run it again`,
      () => again(run),
    );
  }
  if (state.active?.run === run) {
    const made = tile(
      blank('brush'), run.batch ? run.name : 'Painting', `${run.name}: being painted`, showForming,
    );
    made.append(element('progress', { max: 1, 'aria-label': `Progress of ${run.name}` }));
    made.classList.add('forming');
    return made;
  }
  if (!isMine(run)) {
    return tile(
      blank('stack'), 'Other tab',
      `${run.name}: under way in another tab, or left there. Press to run it here`,
      () => again(run),
    );
  }
  return tile(
    blank('stack'), run.batch ? run.name : 'Waiting', `${run.name}: waiting for its turn`, () => {},
  );
}

async function resultTile(run, result) {
  const { scale, seed } = result;
  const label = `${run.name}, similarity ${figure(scale)}, seed ${seed}, ${time(run)}`;
  const show = () => showResult(run, result.index);
  const made = tile(await smallOf(result), caption(run, result), label, show);
  made.dataset.result = `${run.id}/${result.index}`;
  return made;
}

async function row(run) {
  const tiles = await Promise.all(fetched(run).map((result) => resultTile(run, result)));
  if (tiles.length > 1) {
    const sideBySide = element('button', {
      class: 'all quiet', 'aria-label': `${run.name}: ${tiles.length} results side by side`,
      title: 'Side by side',
    }, icon('grid'));
    sideBySide.dataset.result = `${run.id}/all`;
    sideBySide.addEventListener('click', () => showResult(run, 'all'));
    tiles.push(sideBySide);
  }
  if (run.state !== 'done' || tiles.length === 0) tiles.unshift(stateTile(run));
  return element('li', { class: 'run', title: describe(run.settings) }, ...tiles);
}

/** What forms, in the tile of its run. */
function showFormed() {
  const { bitmap } = state.active?.base ?? {};
  const former = find('strip').querySelector('.forming > :first-child');
  if (former !== null && bitmap) former.replaceWith(thumbnail(bitmap, 176));
}

/** A word that changes when a run's row has to be drawn anew. */
function stamp(run) {
  const places = fetched(run).map((result) => result.index);
  return [run.state, run.error, state.active?.run === run, places].join();
}

async function show() {
  const items = await Promise.all(state.runs.map(async (run) => {
    const kept = rows.get(run.id);
    if (kept?.stamp === stamp(run)) return kept.item;
    const made = { stamp: stamp(run), item: await row(run) };
    rows.set(run.id, made);
    return made.item;
  }));
  const known = new Set(state.runs.map((run) => run.id));
  for (const id of rows.keys()) if (!known.has(id)) rows.delete(id);
  const strip = find('strip');
  const focused = strip.contains(document.activeElement)
    ? document.activeElement.dataset.result
    : null;
  // What is there stays, so that neither place nor focus is lost.
  if (
    items.length !== strip.children.length || items.some((item, place) =>
      item !== strip.children[place])
  ) {
    strip.replaceChildren(...items);
    if (focused) strip.querySelector(`[data-result="${CSS.escape(focused)}"]`)?.focus();
  }
  const count = state.runs.reduce((sum, run) => sum + run.results.length, 0);
  find('results-count').textContent = count > 0 ? plural(count, 'picture') : '';
  find('forget').hidden = state.runs.length === 0;
  find('save-all').hidden = count < 2;
  markCurrent();
}

function markCurrent() {
  const { shown } = state;
  for (const button of find('strip').querySelectorAll('[data-result]')) {
    const isCurrent = shown !== null && button.dataset.result === `${shown.run.id}/${shown.index}`;
    button.setAttribute('aria-current', String(isCurrent));
    if (isCurrent) button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}

/** Brings a result onto the stage, or all of a run side by side. */
export function showResult(run, index) {
  state.shown = { run, index };
  state.compare = { mode: 'after', at: 0 };
  tell('compare');
  tell('shown');
}

/** The next result of the strip, or the one before. */
export function step(direction) {
  const list = state.runs.flatMap((run) =>
    fetched(run).map((result) => ({ run, index: result.index })));
  if (list.length === 0) return;
  const at = list.findIndex(({ run, index }) =>
    state.shown?.run === run && state.shown.index === index);
  const next = at < 0 ? 0 : Math.min(Math.max(at + direction, 0), list.length - 1);
  showResult(list[next].run, list[next].index);
}

// MARK: Side by side

async function showSheet() {
  const sheet = find('sheet');
  const { shown } = state;
  sheet.hidden = shown?.index !== 'all';
  if (sheet.hidden) {
    sheet.replaceChildren();
    return;
  }
  const { run } = shown;
  const part = await partAround(run.mask);
  const cards = await Promise.all(fetched(run).map(async (result) => {
    const whole = await decode(result.blob);
    const bitmap = await createImageBitmap(whole, part.x, part.y, part.width, part.height);
    whole.close();
    const picture = thumbnail(bitmap, 640);
    if (bitmap.width < 200) picture.classList.add('pixels');
    bitmap.close();
    const text = run.settings.scales ? `Similarity ${figure(result.scale)}` : `Seed ${result.seed}`;
    const card = element('button', {}, picture, text);
    card.addEventListener('click', () => showResult(run, result.index));
    return card;
  }));
  if (state.shown === shown) sheet.replaceChildren(...cards);
}

/** The part of a picture that shows what was painted, with as much again around it. */
async function partAround(blob) {
  const mask = await decode(blob);
  const { width, height } = mask;
  const bits = bitsOf(mask, width, height);
  mask.close();
  const { x, y, width: wide, height: high } = boundsOf(bits, width, height);
  const side = Math.max(2 * wide, 2 * high, 64);
  const span = (start, length, most) => {
    const size = Math.min(side, most);
    return [Math.min(Math.max(Math.round(start + (length - size) / 2), 0), most - size), size];
  };
  const [left, partWidth] = span(x, wide, width);
  const [top, partHeight] = span(y, high, height);
  return { x: left, y: top, width: partWidth, height: partHeight };
}

async function forget() {
  const finished = state.runs.filter(isOver);
  const count = plural(finished.length, 'run');
  if (finished.length === 0) return;
  if (
    await ask(
      'Clear the results?',
      `${count} with all their pictures will be removed from this browser for good.`, 'Clear',
    )
  ) {
    for (const run of finished) await forgetRun(run);
  }
}

export function startResults() {
  let turn = Promise.resolve();
  on('runs active', () => {
    turn = turn.then(show, show);
  });
  on('progress', () => {
    const bar = find('strip').querySelector('progress');
    if (bar !== null && state.active?.steps > 0) bar.value = state.active.step / state.active.steps;
  });
  on('formed', showFormed);
  on('shown', markCurrent);
  on('shown', showSheet);
  find('forget').addEventListener('click', forget);
}
