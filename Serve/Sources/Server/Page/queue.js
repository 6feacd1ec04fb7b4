// Runs: they wait here, go to the server one at a time, and are heard of until their end.

import { base64, cancelJob, getJob, getResult, listen, postJob } from './api.js';
import { toast } from './say.js';
import { smallFile } from './elements.js';
import { decode } from './pictures.js';
import { get } from './store.js';
import { newId, state, tell } from './state.js';
import { keepRun, makeRoom } from './history.js';

const ends = ['done', 'failed', 'cancelled'];

/** This tab: what another one has begun is its own to go on with. */
const tab = (() => {
  const kept = sessionStorage.getItem('tab') ?? newId();
  sessionStorage.setItem('tab', kept);
  return kept;
})();

export const isOver = (run) => ends.includes(run.state);
export const isMine = (run) => run.tab === tab;

/** Puts a run at the end of the queue. */
export async function enqueue(run) {
  Object.assign(run, {
    id: newId(), tab, created: Date.now(), state: 'waiting', job: null, notes: [], results: [],
    error: null,
  });
  state.runs.unshift(run);
  await keepRun(run);
  tell('runs');
  pump();
  return run;
}

/** A run that failed, or that another tab has left, goes to the end of the queue. */
export async function again(run) {
  Object.assign(run, {
    tab, state: 'waiting', job: null, notes: [], results: [], error: null, isUnwanted: false,
    isRepeated: false, created: Date.now(),
  });
  state.runs = [run, ...state.runs.filter((other) => other !== run)];
  await keepRun(run);
  tell('runs');
  pump();
}

let isPumping = false;

/** Works through the queue, the oldest first. */
export async function pump() {
  if (isPumping) return;
  isPumping = true;
  for (;;) {
    const next = state.runs.findLast((run) => isMine(run) && !isOver(run));
    if (next === undefined) break;
    state.active = { run: next, step: 0, steps: 0, preview: null };
    tell('active', null);
    try {
      if (next.job === null) await send(next);
      if (!isOver(next)) await follow(next);
    } catch (error) {
      if (!isOver(next)) Object.assign(next, { state: 'failed', error: error.message });
    }
    const ended = state.active;
    state.active = null;
    await keepRun(next);
    tell('runs');
    tell('active', ended);
  }
  isPumping = false;
  await makeRoom();
}

/** Posts a run; waits while the server's queue is full. */
async function send(run) {
  const [source, reference] = await Promise.all(
    [get('pictures', run.source), get('pictures', run.reference)],
  );
  if (source === undefined || reference === undefined) {
    throw new Error(
      'The picture or its reference is no longer kept in this browser. Open them again.',
    );
  }
  const body = { model: run.model, settings: run.settings };
  [body.source, body.mask, body.reference] = await Promise.all(
    [source.blob, run.mask, reference.blob].map(base64),
  );
  while (!isOver(run)) {
    try {
      const told = await postJob(body);
      Object.assign(run, { job: told.id, state: 'queued' });
      Object.assign(state.active, { place: told.place, seconds: told.seconds });
      await keepRun(run);
      // Cancelled while it was on its way.
      if (run.isUnwanted) await stop(run);
      tell('progress');
      return;
    } catch (error) {
      if (error.status !== 429) throw error;
      state.active.isFull = true;
      tell('progress');
      await new Promise((resolve) => { setTimeout(resolve, 1000 * (error.retryAfter ?? 5)); });
    }
  }
}

/**
 * Hears a job's events until its end; after a reload, too.
 *
 * A page that is left may go on in the browser's memory, and its connections with it. The server is
 * to know that nobody waits any more, so they are closed, and opened again when the page comes back.
 */
function follow(run) {
  const left = new AbortController();
  const following = new Promise((resolve) => {
    const fetching = [];
    const finish = async (how, error = null) => {
      close();
      await Promise.all(fetching);
      Object.assign(run, { state: how, error });
      resolve();
    };
    const hear = (kind, content) => {
      const { active } = state;
      active.isLost = false;
      if (kind === 'queued') {
        Object.assign(active, { place: content.place, seconds: content.seconds });
      }
      if (kind === 'note' && !run.notes.includes(content.text)) {
        run.notes.push(content.text);
        tell('note', { run, text: content.text });
      }
      if (kind === 'progress') {
        run.state = 'running';
        Object.assign(active, content);
      }
      if (kind === 'preview') active.preview = content;
      if (kind === 'result') fetching.push(take(run, content));
      if (ends.includes(kind)) finish(kind, content.error ?? null);
      else tell(kind === 'preview' ? 'preview' : 'progress');
    };
    const lost = async (isClosed) => {
      state.active.isLost = true;
      tell('progress');
      if (!isClosed) return;
      try {
        const told = await getJob(run.job);
        for (const result of told.results ?? []) fetching.push(take(run, result));
        if (ends.includes(told.state)) return finish(told.state, told.error ?? null);
        setTimeout(open, 2000);
      } catch (error) {
        if (error.status === 0) return setTimeout(() => lost(true), 3000);
        if (run.isRepeated || error.status !== 404) return finish('failed', error.message);
        // The server was started anew. What it lost is posted once more, and only once: it may
        // have been the cause.
        Object.assign(run, { isRepeated: true, job: null, results: [] });
        resolve();
      }
    };
    let close = () => {};
    const open = () => {
      close = listen(run.job, hear, lost);
    };
    open();
    addEventListener('pagehide', () => close(), { signal: left.signal });
    addEventListener('pageshow', (event) => {
      if (event.persisted) open();
    }, { signal: left.signal });
  });
  return following.finally(() => left.abort());
}

/** Fetches a result's bytes, once. */
async function take(run, { index, seed, scale, url }) {
  if (run.results.some((result) => result.index === index)) return;
  const result = { index, seed: Number(seed), scale: Number(scale), blob: null };
  run.results.push(result);
  run.results.sort((a, b) => a.index - b.index);
  try {
    const blob = await getResult(url);
    const bitmap = await decode(blob);
    result.small = await smallFile(bitmap, 176);
    bitmap.close();
    result.blob = blob;
    await keepRun(run);
  } catch (error) {
    run.results = run.results.filter((other) => other !== result);
    toast(`A result could not be fetched: ${error.message}`, { problem: true });
  }
  tell('runs');
}

/** Runs of other tabs that have ended since, or went on without one. */
export async function settle() {
  for (
    const run of state.runs.filter((each) => !isMine(each) && !isOver(each) && each.job !== null)
  ) {
    const told = await getJob(run.job).catch((error) =>
      (error.status === 404 ? { state: 'cancelled', results: [] } : null));
    if (told === null || !ends.includes(told.state)) continue;
    await Promise.all(told.results.map((result) => take(run, result)));
    Object.assign(run, { state: told.state, error: told.error ?? null });
    await keepRun(run);
  }
  tell('runs');
}

async function stop(run) {
  try {
    await cancelJob(run.job);
  } catch (error) {
    if (error.status === 0) toast(error.message, { problem: true });
  }
}

/** Cancels a run, wherever it is. */
export async function cancel(run) {
  if (isOver(run)) return;
  if (run.job !== null) return stop(run);
  if (state.active?.run === run && !state.active.isFull) run.isUnwanted = true;
  else {
    run.state = 'cancelled';
    await keepRun(run);
    tell('runs');
  }
}

/** Cancels all that waits or runs in this tab. */
export async function cancelAll() {
  tell('cancel-all');
  const open = state.runs.filter((run) => isMine(run) && !isOver(run));
  await Promise.all(open.filter((run) => run !== state.active?.run).map(cancel));
  if (state.active !== null) await cancel(state.active.run);
}
