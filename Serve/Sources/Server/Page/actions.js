// What a button or a key does with the page's pictures: paint, and everything that follows.

import { find } from './elements.js';
import { ask, toast } from './say.js';
import { currentResult } from './compare.js';
import { forgetResult } from './history.js';
import { bitsOf } from './mask.js';
import { decode, readPicture, recallPicture, stem } from './pictures.js';
import { writeMask } from './png.js';
import { enqueue } from './queue.js';
import { fetched } from './results.js';
import { changeSettings, describe } from './settings.js';
import { addReference, keepSafely, setSource, whatIsMissing } from './source.js';
import { writeZip } from './zip.js';
import { backToEditing, currentReference, on, state } from './state.js';

const gridScales = [1, 3, 5, 7, 9];

/** Paints with the settings, some of them changed. */
export async function paint(changed = {}) {
  const missing = whatIsMissing();
  if (missing !== '') {
    toast(missing);
    return;
  }
  const { source, mask, settings } = state;
  const reference = currentReference();
  const blob = await writeMask(mask.width, mask.height, mask.bits);
  backToEditing();
  // Another tab may have cleared what it does not use.
  for (const picture of [source, reference]) await keepSafely(picture);
  await enqueue({
    name: stem(source.name), model: state.model, source: source.id, reference: reference.id,
    mask: blob, settings: forServer({ ...settings, ...changed }),
  });
}

/** With several similarities, one of them says nothing. */
export function forServer(settings) {
  const { scale, ...rest } = settings;
  return rest.scales ? rest : settings;
}

export const paintGrid = () => paint({ scales: gridScales, count: 1 });

function shownResult() {
  const result = currentResult();
  if (result === null) toast('Choose a result first.');
  return result;
}

export function fileName(run, result) {
  const several = run.settings.scales ? `-scale-${result.scale}` : '';
  return run.output ?? `${run.name}${several}-${result.seed}.png`;
}

export function saveBlob(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

export function saveResult() {
  const result = shownResult();
  if (result !== null) saveBlob(result.blob, fileName(state.shown.run, result));
}

export async function copyResult() {
  const result = shownResult();
  if (result === null) return;
  if (!window.isSecureContext || !navigator.clipboard?.write) {
    toast('Browsers copy pictures only from this machine or over https. Save it instead.', {
      action: ['Save', saveResult],
    });
    return;
  }
  try {
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': result.blob })]);
    toast('Copied.');
  } catch (error) {
    toast(`The browser did not copy it: ${error.message}`, {
      problem: true, action: ['Save', saveResult],
    });
  }
}

/** The result becomes the picture that is edited, with an empty mask. */
export async function useResult() {
  const result = shownResult();
  if (result === null) return;
  await setSource(await readPicture(result.blob, fileName(state.shown.run, result)));
  toast('The result is the source now. Undo brings the former one back.');
}

/** The same picture, mask and settings with new seeds. */
export async function varyResult() {
  if (shownResult() === null) return;
  const { run } = state.shown;
  const { name, model, source, reference, mask } = run;
  const scale = currentResult().scale;
  const { scales, ...settings } = run.settings;
  backToEditing();
  await enqueue(
    { name, model, source, reference, mask, settings: { ...settings, scale, seed: null } },
  );
}

/** Brings back what a result was made of. */
export async function restoreResult() {
  const result = shownResult();
  if (result === null) return;
  const { run } = state.shown;
  const [source, reference] = await Promise.all(
    [recallPicture(run.source), recallPicture(run.reference)],
  );
  if (source === null) {
    toast('The picture of this result is no longer kept in this browser.', { problem: true });
    return;
  }
  const bits = bitsOf(await decode(run.mask), source.width, source.height);
  if (reference !== null) await addReference(reference);
  await setSource(source, { bits });
  changeSettings({ ...run.settings, scale: result.scale, seed: result.seed, count: 1 });
  toast(`Back: ${describe(state.settings)}, seed ${result.seed}.`);
}

export async function removeResult() {
  const result = shownResult();
  if (result === null) return;
  const { run } = state.shown;
  if (
    !await ask('Remove this result?', 'It will be removed from this browser for good.', 'Remove')
  ) {
    return;
  }
  await forgetResult(run, result.index);
  backToEditing();
}

export async function saveMask() {
  const { source, mask } = state;
  if (mask !== null) {
    saveBlob(await writeMask(mask.width, mask.height, mask.bits), `${stem(source.name)}-mask.png`);
  }
}

/** Every result in one ZIP file. */
export async function saveAll() {
  const files = state.runs.flatMap((run) =>
    fetched(run).map((result) => [fileName(run, result), result.blob]));
  saveBlob(await writeZip(files), 'paint-by-example.zip');
}

function showMissing() {
  const missing = whatIsMissing();
  find('missing').textContent = missing;
  find('run').textContent = state.active === null ? 'Paint' : 'Paint next';
  for (const id of ['run', 'grid']) find(id).disabled = missing !== '';
  for (const id of ['invert', 'clear', 'mask-in', 'mask-out']) {
    find(id).disabled = state.mask === null;
  }
}

export function startActions() {
  find('panel').addEventListener('submit', (event) => {
    event.preventDefault();
    paint();
  });
  const clicks = {
    grid: paintGrid, copy: copyResult, save: saveResult, use: useResult, vary: varyResult,
    restore: restoreResult,
    remove: removeResult, 'mask-out': saveMask, 'save-all': saveAll,
  };
  for (const [id, act] of Object.entries(clicks)) find(id).addEventListener('click', act);
  on('source references mask active', showMissing);
  showMissing();
}
