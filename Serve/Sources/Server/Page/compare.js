// A result in sight, and the picture before it: held, or side by side at a slider.

import { find, showSlider } from './elements.js';
import { announce, toast } from './say.js';
import { decode, recallPicture } from './pictures.js';
import { setPair } from './stage.js';
import { on, state, tell } from './state.js';

let loaded = null;

/** The result that is in sight; null when none is. */
export function currentResult() {
  const { shown } = state;
  if (shown === null || shown.index === null || shown.index === 'all') return null;
  return shown.run.results.find((result) => result.index === shown.index) ?? null;
}

/** Shows the picture before while this is true. */
export function holdBefore(isHeld) {
  if (currentResult() === null) return;
  state.compare = isHeld
    ? { ...state.compare, mode: 'before' }
    : { ...state.compare, mode: state.compare.at > 0 ? 'slide' : 'after' };
  tell('compare');
  announce(isHeld ? 'Before' : 'After');
}

/** Brings the slider to the middle, or puts it away. */
export function toggleSlider() {
  if (currentResult() === null) return;
  state.compare = state.compare.mode === 'slide'
    ? { mode: 'after', at: 0 }
    : { mode: 'slide', at: 0.5 };
  tell('compare');
}

async function load() {
  const { shown } = state;
  const result = currentResult();
  find('view').hidden = shown === null;
  find('empty').hidden = state.source !== null || shown !== null;
  for (const part of find('view').querySelectorAll('.slide, .actions')) {
    part.hidden = result === null;
  }
  find('facts').hidden = result === null;
  if (result === null) return;
  const { name, settings: { steps, sampler } } = shown.run;
  find('facts').textContent = [
    `Similarity ${result.scale}`, `${steps} steps of ${sampler.toUpperCase()}`,
    `seed ${result.seed}`,
  ].join(' · ');
  const key = `${shown.run.id}/${shown.index}`;
  if (loaded?.key !== key) {
    setPair(null);
    // Large pictures are given back at once.
    loaded?.after.close();
    loaded?.before.close();
    loaded = null;
    try {
      const [after, source] = await Promise.all(
        [decode(result.blob), recallPicture(shown.run.source)],
      );
      if (state.shown !== shown) return;
      loaded = { key, after, before: source?.bitmap ?? after };
    } catch {
      toast('This result can no longer be read from the browser\'s storage.', { problem: true });
      return;
    }
  }
  setPair(loaded);
  const about = `Result of ${name}: ${find('facts').textContent}`;
  find('canvas').setAttribute('aria-label', `${about}. Hold Tab to see the picture before.`);
}

export function startCompare() {
  // Until the result is decoded, the stage shows what it showed.
  on('shown', load);
  const slider = find('slide');
  slider.addEventListener('input', () => {
    state.compare = { mode: slider.value > 0 ? 'slide' : 'after', at: slider.value / 100 };
    tell('compare');
  });
  on('compare', () => {
    slider.value = Math.round(100 * (state.compare.mode === 'before' ? 1 : state.compare.at));
    showSlider(slider);
  });
}
