// Runs in the browser's storage: kept after each change, the oldest forgotten when room runs short.

import { plural } from './elements.js';
import { all, put, remove } from './store.js';
import { toast } from './say.js';
import { backToEditing, state, tell } from './state.js';

const mostBytes = 1 << 30;
/** As many as the strip can show; a batch has no more. */
export const mostRuns = 500;

export async function keepRun(run) {
  if (!state.runs.includes(run)) return;
  try {
    await put('runs', run);
  } catch {
    if (await forgetOldest(run)) return keepRun(run);
    toast('The browser has no room left: this result is lost at the next reload. Save it.', {
      problem: true,
    });
  }
}

/** Everything that was painted, the newest first. */
export async function recallRuns() {
  const runs = await all('runs');
  state.runs = runs.sort((a, b) => b.created - a.created);
  for (const run of state.runs) run.results = run.results.filter((result) => result.blob !== null);
  tell('runs');
}

const isFinished = (run) => ['done', 'failed', 'cancelled'].includes(run.state);

let isTold = false;

async function forgetOldest(spared) {
  const oldest = state.runs.findLast((run) => isFinished(run) && run !== spared);
  if (oldest === undefined) return false;
  await forgetRun(oldest);
  if (!isTold) toast('The browser has no room left: the oldest results give way to new ones.');
  isTold = true;
  return true;
}

export async function forgetRun(run) {
  state.runs = state.runs.filter((other) => other !== run);
  await remove('runs', run.id);
  if (state.shown?.run === run) backToEditing();
  tell('runs');
}

/** Removes one of a run's results, and the run with its last. */
export async function forgetResult(run, index) {
  run.results = run.results.filter((result) => result.index !== index);
  if (run.results.length === 0) return forgetRun(run);
  await keepRun(run);
  tell('runs');
}

/** Forgets the oldest runs over the limit, and pictures that nothing refers to any more. */
export async function makeRoom() {
  const bytes = (run) =>
    run.results.reduce((sum, result) => sum + (result.blob?.size ?? 0), run.mask.size);
  let total = state.runs.reduce((sum, run) => sum + bytes(run), 0);
  let count = 0;
  while (total > mostBytes || state.runs.length > mostRuns) {
    const oldest = state.runs.findLast(isFinished);
    if (oldest === undefined) break;
    total -= bytes(oldest);
    await forgetRun(oldest);
    count += 1;
  }
  if (count > 0) toast(`The oldest results gave way to new ones: ${plural(count, 'run')}.`);
}

/** At the start, when nothing can be undone that would bring a picture back. */
export async function forgetPictures() {
  const used = new Set([state.source?.id, ...state.references.map((picture) => picture.id)]);
  for (const run of state.runs) used.add(run.source).add(run.reference);
  for (const picture of await all('pictures')) {
    if (!used.has(picture.id)) await remove('pictures', picture.id);
  }
}
