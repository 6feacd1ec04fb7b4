// How to paint: the fields, their limits, and settings that come with a picture.

import { find, showSlider } from './elements.js';
import { keep, recall } from './store.js';
import { currentModel, on, state, tell } from './state.js';

/** Those of pbe-sample, but for what the model states. A seed of null is a new one each time. */
const standard = {
  scale: 5, steps: 50, sampler: 'plms', seed: null, count: 1, crop: 'auto', feather: 0,
  matchSeam: true,
  posterior: 'sample', eta: 0, precision: 'fp32',
};

const choices = {
  crop: ['auto', 'none'], posterior: ['sample', 'mode'], precision: ['fp32', 'bf16x3', 'bf16'],
};

function limits() {
  const told = currentModel()?.limits ?? {};
  return {
    scale: [0, 20], steps: [1, told.steps ?? 1000], count: [1, told.count ?? 16],
    seed: [0, Number.MAX_SAFE_INTEGER],
    feather: [0, 10000], eta: [0, 1],
  };
}

const whole = ['steps', 'count', 'seed'];

/** Settings with everything in its limits; what is missing or makes no sense is as before. */
export function sensible(given, otherwise = standard) {
  const result = { ...otherwise };
  for (const [key, [least, most]] of Object.entries(limits())) {
    if (given[key] === undefined || given[key] === null || given[key] === '') continue;
    const value = Number(given[key]);
    if (!Number.isFinite(value)) continue;
    result[key] = Math.min(Math.max(whole.includes(key) ? Math.round(value) : value, least), most);
  }
  if (given.seed === null) result.seed = null;
  for (const [key, values] of Object.entries(choices)) {
    if (values.includes(given[key])) result[key] = given[key];
  }
  const samplers = currentModel()?.samplers ?? [];
  if (samplers.includes(given.sampler)) result.sampler = given.sampler;
  if (typeof given.matchSeam === 'boolean') result.matchSeam = given.matchSeam;
  if (result.sampler !== 'ddim') result.eta = 0;
  return result;
}

export function changeSettings(changed) {
  state.settings = sensible(changed, state.settings);
  keep('settings', state.settings);
  tell('settings');
}

/** Settings as they stand in a PNG's texts; null where they are not ours. */
export function settingsOf(texts) {
  if (
    texts === null || ['sampler', 'seed', 'scale'].some((key) => texts[key] === undefined)
  ) {
    return null;
  }
  const found = {
    scale: texts.scale, steps: texts.steps, sampler: texts.sampler, seed: texts.seed,
    crop: texts.crop,
    feather: texts.feather, posterior: texts.posterior, eta: texts.eta, precision: texts.precision,
    count: 1,
  };
  if (texts['match-seam'] !== undefined) found.matchSeam = texts['match-seam'] === 'yes';
  return found;
}

/** In words, for notes and labels. */
export function describe(settings) {
  const scales = settings.scales
    ? `similarities ${settings.scales.join(', ')}`
    : `similarity ${settings.scale}`;
  return `${scales}, ${settings.steps} steps of ${settings.sampler.toUpperCase()}`;
}

// MARK: Fields

function bindNumber(id, key, slider = null) {
  const field = find(id);
  field.addEventListener('change', () => {
    if (field.value === '') show();
    else changeSettings({ [key]: field.value });
  });
  slider?.addEventListener('input', () => changeSettings({ [key]: slider.value }));
}

function show() {
  const { settings } = state;
  for (const [key, [least, most]] of Object.entries(limits())) {
    for (const field of [find(key), find(`${key}-number`)]) {
      if (field === null) continue;
      if (field.type === 'number') [field.min, field.max] = [least, most];
      else if (key === 'steps') field.max = Math.min(100, most);
      field.value = settings[key] ?? '';
      if (field.type === 'range') showSlider(field);
    }
  }
  for (const key of ['sampler', 'crop', 'posterior', 'precision']) find(key).value = settings[key];
  find('match-seam').checked = settings.matchSeam;
  find('eta').disabled = settings.sampler !== 'ddim';
  find('seed').placeholder = 'new';
  find('new-seed').setAttribute('aria-pressed', String(settings.seed === null));
}

function showModel() {
  const model = currentModel();
  if (model === undefined) return;
  find('sampler').replaceChildren(
    ...model.samplers.map((name) => new Option(name.toUpperCase(), name))
  );
  const usual = sensible(model.defaults ?? {});
  const last = recall('settings', usual);
  // What was set for a model of many steps suits no distilled one, nor the other way round.
  const suits = (last.sampler === 'lcm') === (usual.sampler === 'lcm');
  const { sampler, steps, scale } = usual;
  state.settings = sensible(suits ? last : { ...last, sampler, steps, scale }, usual);
  tell('settings');
}

/** What changes with a sampler: a distilled model needs few steps and has its guidance in it. */
function withSampler(sampler) {
  const { steps, scale } = sampler === 'lcm' ? { steps: 4, scale: 1 } : standard;
  const turns = (sampler === 'lcm') !== (state.settings.sampler === 'lcm');
  return turns ? { sampler, steps, scale } : { sampler };
}

/** Takes a new seed each time, or holds the last one that was drawn. */
export function toggleSeed() {
  const last = state.runs.flatMap((run) => run.results)[0]?.seed;
  changeSettings({ seed: state.settings.seed === null ? last ?? 42 : null });
}

export function startSettings() {
  state.settings = { ...standard };
  bindNumber('scale-number', 'scale', find('scale'));
  bindNumber('steps-number', 'steps', find('steps'));
  for (const key of ['count', 'seed', 'feather', 'eta']) bindNumber(key, key);
  for (const key of ['crop', 'posterior', 'precision']) {
    find(key).addEventListener('change', () => changeSettings({ [key]: find(key).value }));
  }
  find('sampler').addEventListener('change', () => changeSettings(withSampler(find('sampler').value)));
  find('match-seam').addEventListener(
    'change', () => changeSettings({ matchSeam: find('match-seam').checked }),
  );
  find('new-seed').addEventListener('click', toggleSeed);
  // Enter takes a number over; painting has its own keys.
  find('panel').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.target.type !== 'number') return;
    event.preventDefault();
    event.target.dispatchEvent(new Event('change'));
  });
  on('settings', show);
  on('model', showModel);
  show();
}
