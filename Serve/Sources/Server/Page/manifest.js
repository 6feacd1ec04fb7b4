// Batches: which files belong together, from a manifest of JSON lines or from the files' names.

const picture = /\.(jpe?g|png|webp|gif|bmp|avif|tiff?)$/i;

/** JSON lines; or a JSON file that was given by itself, for folders hold many of other kinds. */
export const isManifest = (path) => /\.(jsonl|ndjson)$/i.test(path) || /^[^/]*\.json$/i.test(path);

export const isPictureName = (path) => picture.test(path);

const known = [
  'image', 'mask', 'box', 'box_units', 'reference', 'output', 'seed', 'scale', 'steps',
];

const normal = (path) => {
  const parts = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
};

const last = (path) => path.slice(path.lastIndexOf('/') + 1);

/** Finds a name among the files: beside the manifest, or the only file that is called so. */
function finder(files, folder) {
  return (name) => {
    const wanted = normal(`${folder}/${name}`);
    const exact = files.find((file) =>
      normal(file.path) === wanted || normal(file.path) === normal(name));
    if (exact !== undefined) return exact.file;
    const alike = files.filter((file) => last(normal(file.path)) === last(normal(name)));
    return alike.length === 1 ? alike[0].file : null;
  };
}

/**
 * Jobs of a manifest.
 *
 * @param files the dropped files: `{ path, file }`
 * @returns jobs, each with `problem` in words where it cannot be painted
 */
export function jobsOfManifest(text, path, files) {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const find = finder(files, folder);
  return lines(text).map(({ line, value, problem }) => {
    if (problem !== undefined) return { line, name: `line ${line}`, problem };
    return jobOf(value, line, find);
  });
}

function lines(text) {
  const whole = text.trim();
  if (whole.startsWith('[')) {
    try {
      return JSON.parse(whole).map((value, place) => ({ line: place + 1, value }));
    } catch {
      return [{ line: 1, problem: 'It begins with [ but is no JSON list.' }];
    }
  }
  return whole.split(/\r?\n/).map((each, place) => ({ each, line: place + 1 })).filter(
    ({ each }) => each.trim() !== '',
  )
    .map(({ each, line }) => {
      try {
        return { line, value: JSON.parse(each) };
      } catch {
        return { line, problem: 'This is no JSON object.' };
      }
    });
}

function jobOf(value, line, find) {
  const job = {
    line, name: `line ${line}`, image: null, mask: null, reference: null, box: null, settings: {},
    problem: null,
  };
  const fail = (problem) => ({ ...job, problem });
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return fail('This is no JSON object.');
  }
  const foreign = Object.keys(value).find((key) => value[key] !== null && !known.includes(key));
  if (foreign !== undefined) {
    return fail(`“${foreign}” means nothing here. Keys are ${known.join(', ')}.`);
  }
  if (typeof value.image !== 'string') return fail('“image” is missing: the name of a picture.');
  job.name = last(normal(value.output ?? value.image)).replace(/\.[a-z0-9]+$/i, '');
  for (const key of ['image', 'mask', 'reference']) {
    if (value[key] === undefined || value[key] === null) continue;
    if (typeof value[key] !== 'string') return fail(`“${key}” should be the name of a file.`);
    job[key] = find(value[key]);
    if (job[key] === null) {
      return fail(`“${value[key]}” is not among the files. Drop it together with the manifest.`);
    }
  }
  if (Array.isArray(value.box)) {
    const isBox = value.box.length === 4 && value.box.every(Number.isFinite)
      && value.box[0] < value.box[2] && value.box[1] < value.box[3];
    if (!isBox) {
      return fail('“box” should be four numbers, x0, y0, x1, y1, the first ones smaller.');
    }
    Object.assign(job, { box: value.box, isFraction: value.box_units === 'fractions' });
  }
  for (const key of ['seed', 'scale', 'steps']) {
    if (Number.isFinite(value[key])) job.settings[key] = value[key];
  }
  if (typeof value.output === 'string') job.output = normal(value.output);
  return job;
}

const roles = [
  ['mask', /^(.*?)[-_. ]?mask(?:s)?[-_. ]?(.*)$/i],
  ['reference', /^(.*?)[-_. ]?(?:reference|exemplar|ref)[-_. ]?(.*)$/i],
  ['image', /^(.*?)[-_. ]?(?:source|image|gt)[-_. ]?(.*)$/i],
];

/** What a file's name says it is, and what is left of the name to pair it by. */
function roleOf(path) {
  const name = last(normal(path)).replace(/\.[a-z0-9]+$/i, '');
  for (const [role, pattern] of roles) {
    const match = pattern.exec(name);
    if (match !== null) return { role, key: `${match[1]}${match[2]}`.toLowerCase() };
  }
  return { role: 'image', key: name.toLowerCase() };
}

/** Jobs of pictures: `a.jpg`, `a-mask.png` and `a-reference.jpg` belong together. */
export function jobsOfPictures(files) {
  const jobs = new Map();
  const others = [];
  for (const { path, file } of files.toSorted((a, b) => a.path.localeCompare(b.path))) {
    const { role, key } = roleOf(path);
    if (role !== 'image') others.push({ role, key, file });
    else if (jobs.has(key)) others.push({ role, key: `${key} ${others.length}`, file });
    else {
      jobs.set(key, {
        name: last(normal(path)).replace(/\.[a-z0-9]+$/i, ''), image: file, mask: null,
        reference: null, box: null, settings: {}, problem: null,
      });
    }
  }
  for (const { role, key, file } of others) {
    if (role !== 'image' && jobs.has(key)) jobs.get(key)[role] = file;
  }
  return [...jobs.values()];
}
