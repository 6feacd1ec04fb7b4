// Files that come in: dropped, pasted or chosen.

import { find } from './elements.js';
import { toast } from './say.js';
import { explainBatch, openBatch } from './batch.js';
import { isManifest } from './manifest.js';
import { bitsOf } from './mask.js';
import { readPicture } from './pictures.js';
import { readTexts } from './png.js';
import { changeSettings, describe, settingsOf } from './settings.js';
import { addReference, setSource } from './source.js';
import { changeMask } from './tools.js';
import { currentReference, on, state } from './state.js';

/**
 * Takes files in.
 *
 * @param files `{ path, file }`
 * @param where 'source', 'reference' or 'mask'; null where the user did not say
 */
export async function receive(files, where = null) {
  if (files.length === 0) return;
  try {
    const hasManifest = files.some(({ path }) => isManifest(path));
    const isFolder = files.some(({ path }) => path.includes('/'));
    if (hasManifest || isFolder || (files.length > 1 && where !== 'reference')) {
      return await openBatch(files);
    }
    for (const { file } of files) await receiveOne(file, where);
  } catch (error) {
    toast(error.message, { problem: true });
  }
}

async function receiveOne(file, where) {
  const name = file.name || 'pasted picture.png';
  const settings = settingsOf(await readTexts(file).catch(() => null));
  if (settings !== null && where !== 'reference' && where !== 'mask') {
    return receiveResult(file, name, settings);
  }
  const picture = await readPicture(file, name);
  const place = where
    ?? (state.source === null ? 'source' : currentReference() === null ? 'reference' : 'ask');
  if (place === 'mask') return useMask(picture);
  if (place === 'source') return setSource(picture);
  await addReference(picture);
  if (place === 'ask') {
    toast('Added as a reference.', { action: ['Use as the source', () => setSource(picture)] });
  }
}

/** A picture that was painted here or by pbe-sample: its settings come back. */
async function receiveResult(file, name, settings) {
  changeSettings(settings);
  const back = `${describe(state.settings)}, seed ${state.settings.seed}`;
  const text = `The settings of “${name}” are back: ${back}.`;
  const use = async () => setSource(await readPicture(file, name));
  if (state.source === null) {
    await use();
    toast(text);
  } else toast(text, { action: ['Use as the source', use] });
}

function useMask(picture) {
  const { mask } = state;
  if (mask === null) throw new Error('Open the picture first, then its mask.');
  const [ratio, wanted] = [picture.width / picture.height, mask.width / mask.height];
  if (Math.abs(ratio / wanted - 1) > 0.01) {
    throw new Error(`“${picture.name}” is ${picture.width} × ${picture.height}, but the source is `
      + `${mask.width} × ${mask.height}. A mask has the size of its source.`);
  }
  changeMask('Mask loaded', () => mask.replace(bitsOf(picture.bitmap, mask.width, mask.height)));
  if (mask.isEmpty) toast('This mask is empty. White, or what is opaque, is where to paint.');
  else if (picture.width !== mask.width) {
    toast(`The mask was brought from ${picture.width} × ${picture.height} to the picture's size.`);
  }
}

// MARK: Choosing

const input = find('file');
let wanted = null;

/** Opens the system's dialog. @param what 'source', 'reference', 'mask', 'files' or 'folder' */
export function pick(what) {
  wanted = what;
  input.value = '';
  input.multiple = what === 'reference' || what === 'files';
  input.webkitdirectory = what === 'folder';
  input.accept = what === 'files' || what === 'folder' ? '' : 'image/*';
  input.click();
}

function picked() {
  const files = [...input.files].map((file) =>
    ({ path: file.webkitRelativePath || file.name, file }));
  const isBatch = wanted === 'files' || wanted === 'folder';
  if (isBatch) openBatch(files).catch((error) => toast(error.message, { problem: true }));
  else receive(files, wanted);
}

// MARK: Dropping

let depth = 0;

function zoneOf(event) {
  return event.target.closest?.('[data-drop]') ?? null;
}

function showZones(isShown, over = null) {
  find('drop').hidden = !isShown;
  for (const zone of find('drop').children) zone.classList.toggle('over', zone === over);
}

const holdsFiles = (event) => event.dataTransfer !== null
  && [...event.dataTransfer.types].includes('Files');

/** What is dropped on a part of the panel is meant for it. */
function partOf(event) {
  if (event.target.closest?.('#references')) return 'reference';
  return event.target.closest?.('#source') ? 'source' : null;
}

async function dropped(event) {
  event.preventDefault();
  depth = 0;
  showZones(false);
  const zone = zoneOf(event);
  const where = zone?.dataset.drop ?? partOf(event);
  const items = [...event.dataTransfer.items];
  const entries = items.map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...event.dataTransfer.files].map((file) => ({ path: file.name, file }));
  const files = entries.some((entry) => entry.isDirectory) ? await walk(entries) : plain;
  if (files.length === 0) {
    toast('There was no file in that. Save the picture first, then drop the file.', {
      problem: true,
    });
  }
  await receive(files, where);
}

const mostFiles = 2000;

/** All files below entries, up to a limit. */
async function walk(entries) {
  const found = [];
  const open = [...entries];
  while (open.length > 0) {
    if (found.length === mostFiles) {
      toast(`Only the first ${mostFiles} files are taken. Drop the rest by itself.`);
      break;
    }
    const entry = open.pop();
    if (entry.isDirectory) open.push(...await children(entry));
    else {
      const file = await new Promise((resolve) => { entry.file(resolve, () => resolve(null)); });
      if (file !== null) found.push({ path: entry.fullPath.slice(1), file });
    }
  }
  return found;
}

async function children(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise(
      (resolve) => { reader.readEntries(resolve, () => resolve([])); },
    );
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function pasted(event) {
  const files = [...event.clipboardData?.files ?? []];
  if (files.length === 0) return;
  event.preventDefault();
  receive(files.map((file) => ({ path: file.name, file })));
}

export function startFiles() {
  input.addEventListener('change', picked);
  document.addEventListener('dragenter', (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth += 1;
    showZones(true);
  });
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    if (holdsFiles(event)) showZones(true, zoneOf(event));
  });
  document.addEventListener('dragleave', () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) showZones(false);
  });
  document.addEventListener('drop', dropped);
  document.addEventListener('paste', pasted);
  for (const [id, what] of [['open-first', 'source'], ['source', 'source'], ['mask-in', 'mask']]) {
    find(id).addEventListener('click', () => pick(what));
  }
  find('batch').addEventListener('click', explainBatch);
  on('pick', pick);
}
