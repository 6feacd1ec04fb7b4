// Many pictures at once: what would be painted is shown first, then each goes through the queue.

import { element, find, icon, plural } from './elements.js';
import { toast } from './say.js';
import { forServer } from './actions.js';
import { mostRuns } from './history.js';
import { bitsOf } from './mask.js';
import { isManifest, isPictureName, jobsOfManifest, jobsOfPictures } from './manifest.js';
import { decode, readPicture } from './pictures.js';
import { writeMask } from './png.js';
import { enqueue } from './queue.js';
import { sensible } from './settings.js';
import { keepSafely } from './source.js';
import { currentReference, newId, on, state, tell } from './state.js';

const dialog = find('batch-dialog');

function shell(body, ...buttons) {
  const close = element('button', { class: 'icon', 'aria-label': 'Close' }, icon('close'));
  close.addEventListener('click', () => dialog.close());
  dialog.replaceChildren(
    element('header', {}, element('h2', { id: 'batch-title' }, 'Batch'), close),
    element('div', { class: 'body' }, ...body), element('footer', {}, ...buttons));
  if (!dialog.open) dialog.showModal();
}

const code = (text) => element('code', {}, text);

/** Says how a batch is given, and lets files or a folder be chosen. */
export function explainBatch() {
  const files = element('button', {}, icon('picture'), 'Choose files');
  const folder = element('button', {}, icon('folder'), 'Choose a folder');
  files.addEventListener('click', () => tell('pick', 'files'));
  folder.addEventListener('click', () => tell('pick', 'folder'));
  shell([
    element(
      'p', {}, 'Drop several pictures or a folder anywhere on the page, or choose them here.',
    ),
    element('div', { class: 'choices' }, files, folder),
    element(
      'p', {}, 'Files that belong together share a name: ', code('room.jpg'), ', ',
      code('room-mask.png'), ', ', code('room-reference.jpg'),
      '. A picture without its own mask or reference takes those on the page.',
    ),
    element(
      'p', {}, 'Or add a manifest, a file of JSON lines such as ',
      code('{"image": "room.jpg", "mask": "room-mask.png", "reference": "chair.jpg", "seed": 7}'),
      '. Its names are looked up among the files that you give.',
    ),
  ]);
}

/** Shows which jobs the files make. @param files `{ path, file }` */
export async function openBatch(files) {
  const manifests = files.filter(({ path }) => isManifest(path));
  const pictures = files.filter(({ path }) => isPictureName(path));
  let jobs;
  if (manifests.length > 0) {
    const parts = await Promise.all(manifests.map((manifest) => read(manifest, files)));
    jobs = parts.flat();
  } else {
    jobs = jobsOfPictures(pictures);
  }
  if (jobs.length === 0) {
    toast('There are no pictures among these files.', { problem: true });
    return;
  }
  if (jobs.length > mostRuns) {
    toast(
      `These are ${plural(jobs.length, 'picture')}, but a batch has at most ${mostRuns}. `
        + 'Take them in parts.',
      { problem: true },
    );
    return;
  }
  for (const job of jobs) job.problem ??= await problemOf(job);
  showJobs(jobs);
}

async function read({ path, file }, files) {
  if (file.size > 4 << 20) {
    throw new Error(`“${file.name}” is too long for a manifest, which has at most 4 MB.`);
  }
  return jobsOfManifest(await file.text(), path, files);
}

async function problemOf(job) {
  if (job.reference === null && currentReference() === null) {
    return 'It has no reference, and there is none on the page.';
  }
  if (job.mask !== null || job.box !== null) return null;
  if (state.mask === null || state.mask.isEmpty) {
    return 'It has no mask, and none is painted on the page.';
  }
  const bitmap = await decode(job.image).catch(() => null);
  if (bitmap === null) return 'It is no picture that can be read.';
  const isAlike = bitmap.width === state.mask.width && bitmap.height === state.mask.height;
  const size = `${bitmap.width} × ${bitmap.height}`;
  bitmap.close();
  return isAlike
    ? null
    : `It is ${size}, but the mask on the page is ${state.mask.width} × ${state.mask.height}.`;
}

function showJobs(jobs) {
  const good = jobs.filter((job) => job.problem === null);
  const row = (job) => {
    const from = job.mask
      ? job.mask.name
      : job.box ? `box ${job.box.join(', ')}` : 'the page’s mask';
    const cells = job.problem === null
      ? [element('td', {}, from), element('td', {}, job.reference?.name ?? 'the page’s reference')]
      : [element('td', { class: 'wrong', colSpan: 2 }, job.problem)];
    return element('tr', {}, element('td', {}, job.name), ...cells);
  };
  const head = element(
    'tr', {},
    ...['Picture', 'Mask', 'Reference'].map((name) => element('th', { scope: 'col' }, name)),
  );
  const table = element(
    'table', { class: 'jobs' }, element('thead', {}, head), element('tbody', {}, ...jobs.map(row)),
  );
  const start = element(
    'button', { class: 'primary', disabled: good.length === 0 },
    `Paint ${plural(good.length, 'picture')}`,
  );
  const cancel = element('button', {}, 'Cancel');
  cancel.addEventListener('click', () => dialog.close());
  start.addEventListener('click', () => {
    dialog.close();
    run(good);
  });
  const bad = jobs.length - good.length;
  const warning = `${plural(bad, 'job')} cannot be painted and will be left out.`;
  shell(bad > 0 ? [element('p', {}, warning), table] : [table], cancel, start);
  start.focus();
}

/** How often everything was cancelled: a batch that is still being read stops, too. */
let stops = 0;
on('cancel-all', () => {
  stops += 1;
});

async function run(jobs) {
  const batch = newId();
  const before = stops;
  const [reference, mask] = [currentReference(), state.mask];
  let count = 0;
  for (const job of jobs) {
    try {
      const prepared = await prepare(job, batch, reference, mask);
      if (stops !== before) return;
      await enqueue(prepared);
      count += 1;
    } catch (error) {
      toast(`${job.name}: ${error.message}`, { problem: true });
    }
  }
  if (count > 0) toast(`${plural(count, 'picture')} in the queue.`);
}

/** A run of a job: its pictures read and kept. */
async function prepare(job, batch, pageReference, pageMask) {
  const source = await readPicture(job.image, job.image.name);
  const reference = job.reference === null
    ? pageReference
    : await readPicture(job.reference, job.reference.name);
  const bits = await bitsFor(job, source, pageMask);
  if (!bits.includes(1)) throw new Error('The mask is empty: white is where to paint.');
  await keepSafely(source);
  await keepSafely(reference);
  source.bitmap.close();
  return {
    name: job.name, output: job.output, batch, model: state.model, source: source.id,
    reference: reference.id,
    mask: await writeMask(source.width, source.height, bits),
    settings: forServer(sensible(job.settings, state.settings)),
  };
}

async function bitsFor(job, { width, height }, pageMask) {
  if (job.mask !== null) {
    const mask = await readPicture(job.mask, job.mask.name);
    if (mask.width !== width || mask.height !== height) {
      throw new Error(
        `The mask is ${mask.width} × ${mask.height}, the picture ${width} × ${height}.`,
      );
    }
    return bitsOf(mask.bitmap, width, height);
  }
  if (job.box === null) return pageMask.bits;
  const scale = job.isFraction ? [width, height, width, height] : [1, 1, 1, 1];
  const [x0, y0, x1, y1] = job.box.map((side, place) => Math.round(side * scale[place]));
  const bits = new Uint8Array(width * height);
  for (let y = Math.max(y0, 0); y < Math.min(y1, height); y += 1) {
    bits.fill(1, y * width + Math.max(x0, 0), y * width + Math.min(Math.max(x1, 0), width));
  }
  return bits;
}
