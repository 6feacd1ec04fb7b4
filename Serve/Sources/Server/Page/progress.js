// The run that is under way: the bar, its words, and the picture that forms.

import { find, plural } from './elements.js';
import { announce, toast } from './say.js';
import { decode, recallPicture } from './pictures.js';
import { sentence } from './region.js';
import { setForming } from './stage.js';
import { cancel, cancelAll, isMine, isOver } from './queue.js';
import { on, state, tell } from './state.js';

let said = 0;

function seconds(count) {
  if (count < 1) return 'less than a second left';
  if (count < 90) return `${Math.round(count)} s left`;
  if (count < 5400) return `${Math.round(count / 60)} min left`;
  return `${(count / 3600).toFixed(1)} h left`;
}

/** How many runs of this tab come after the one that is under way. */
function waiting() {
  const { active, runs } = state;
  return runs.filter((run) => isMine(run) && run.state === 'waiting' && run !== active?.run).length;
}

/** What is happening, in a few words, and in numbers. */
function words(active) {
  const behind = waiting() > 0 ? `${waiting()} more after this` : '';
  if (active.isLost) {
    return ['Waiting for the server', 'The connection is lost; the page tries again.'];
  }
  if (active.isFull) return ['The server is busy', 'Its queue is full; the page tries again.'];
  if (active.run.state === 'running' && active.steps > 0) {
    const rate = active.rate ? `${Number(active.rate).toPrecision(2)} steps/s` : '';
    const left = Number.isFinite(active.secondsLeft) ? seconds(active.secondsLeft) : '';
    if (active.step >= active.steps) return ['Finishing', behind];
    return [
      `Step ${active.step} of ${active.steps}`, [rate, left, behind].filter(Boolean).join(' · '),
    ];
  }
  if (active.place > 0) {
    const wait = active.seconds ? `, about ${seconds(active.seconds).replace(' left', '')}` : '';
    return [`In the queue, place ${active.place}${wait}`, behind];
  }
  return ['Starting', behind];
}

function show() {
  const { active } = state;
  find('progress').hidden = active === null;
  if (active === null) {
    document.title = 'Paint by Example';
    return;
  }
  find('cancel-all').hidden = waiting() === 0;
  const [title, detail] = words(active);
  find('progress-text').textContent = title;
  find('progress-detail').textContent = detail;
  const bar = find('progress-bar');
  if (active.steps > 0) bar.value = active.step / active.steps;
  else bar.removeAttribute('value');
  const share = active.steps > 0 ? Math.floor(100 * active.step / active.steps) : 0;
  document.title = active.steps > 0
    ? `${share} % · Paint by Example`
    : 'Starting · Paint by Example';
  // A screen reader hears of each quarter.
  if (Math.floor(share / 25) > said) {
    said = Math.floor(share / 25);
    announce(`${share} % painted. ${detail}`);
  }
}

async function begin() {
  said = 0;
  const { active } = state;
  const { run } = active;
  // Who is drawing the next mask, or looks at a result, is left alone.
  active.isWatched = state.shown === null && state.source?.id === run.source;
  show();
  announce(`Painting ${run.name}.`);
  const picture = await recallPicture(run.source);
  const mask = await tinted(run.mask);
  if (state.active !== active || picture === null) return;
  active.base = { picture: picture.bitmap, mask, region: null, bitmap: null };
  setForming(active.base);
  if (active.isWatched && state.shown === null) showForming();
}

/** A kept mask as a layer in the mask's colour. */
async function tinted(blob) {
  const bitmap = await decode(blob);
  const layer = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = layer.getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const image = context.getImageData(0, 0, bitmap.width, bitmap.height);
  for (let at = 0; at < image.data.length; at += 4) {
    image.data[at + 3] = image.data[at];
    [image.data[at], image.data[at + 1], image.data[at + 2]] = [240, 70, 36];
  }
  context.putImageData(image, 0, 0);
  return layer;
}

/** Shows the run that is under way on the stage. */
export function showForming() {
  if (!state.active?.base) return;
  state.shown = { run: state.active.run, index: null };
  tell('shown');
}

async function preview() {
  const { active } = state;
  const { image, region } = active.preview;
  const picture = new Image();
  picture.src = image;
  try {
    await picture.decode();
  } catch {
    return;
  }
  if (state.active !== active || !active.base) return;
  const whole = {
    x: 0, y: 0, width: active.base.picture.width, height: active.base.picture.height,
  };
  Object.assign(active.base, { region: region ?? whole, bitmap: picture });
  setForming(active.base);
  tell('formed');
}

/** A run has ended: its first result comes into sight where the run was. */
function end({ run, base, isWatched }) {
  show();
  const first = run.results[0];
  // Who is in another tab sees it there.
  if (document.hidden && run.state === 'done') document.title = 'Done · Paint by Example';
  if (run.state === 'done') announce(`Done: ${plural(run.results.length, 'result')}.`);
  if (run.state === 'cancelled') announce('Cancelled.');
  if (run.state === 'failed') toast(`${run.name}: ${run.error}`, { problem: true });
  const wasInSight = state.shown?.run === run && state.shown.index === null;
  // A run may be over before its picture was decoded.
  const wasExpected = isWatched && base === undefined && state.shown === null;
  if (first !== undefined && (wasInSight || wasExpected)) {
    state.shown = {
      run, index: run.results.length > 1 && run.settings.scales ? 'all' : first.index,
    };
    tell('shown');
  } else if (wasInSight) {
    state.shown = null;
    tell('shown');
  } else if (run.state === 'done' && !run.batch) {
    toast(`${run.name} is painted.`, { action: ['Show', () => {
      state.shown = { run, index: first.index };
      tell('shown');
    }] });
  }
  setForming(null);
}

/** Warnings about a run's files that the mask's own warning has not told already. */
function warn({ run, text }) {
  if (!text.startsWith('warning: ') || run.batch || state.plan?.notes?.includes(text)) return;
  toast(sentence(text));
}

export function startProgress() {
  on('active', (ended) => (ended === null ? begin() : end(ended)));
  on('progress runs', show);
  document.addEventListener('visibilitychange', show);
  on('preview', preview);
  on('note', warn);
  find('cancel').addEventListener('click', () => {
    if (state.active !== null && !isOver(state.active.run)) cancel(state.active.run);
  });
  find('cancel-all').addEventListener('click', cancelAll);
}
