// Presets: the server's, and the user's own, which stay in this browser.

import { element, find, icon } from './elements.js';
import { toast } from './say.js';
import { changeSettings, describe } from './settings.js';
import { keep, recall } from './store.js';
import { on, state } from './state.js';

const own = () => {
  const kept = recall('presets', []);
  return Array.isArray(kept)
    ? kept.filter((preset) => typeof preset?.title === 'string' && preset.settings)
    : [];
};

function isCurrent(preset) {
  return Object.entries(preset.settings).every(([key, value]) => state.settings[key] === value);
}

function show() {
  const built = state.presets.map((preset) => chip(preset));
  const mine = own().map((preset) =>
    element('span', { class: 'own' }, chip(preset), removal(preset)));
  const add = element(
    'button', { type: 'button', class: 'add-preset', id: 'add-preset' }, 'Save as preset',
  );
  add.addEventListener('click', name);
  find('presets').replaceChildren(...built, ...mine, add);
}

/** A preset's title may say more after a colon: that is for who asks. */
function chip(preset) {
  const [title, ...more] = preset.title.split(':');
  const button = element('button', {
    type: 'button', 'aria-pressed': String(isCurrent(preset)),
    title: [
      more.join(':').trim(), describe({ ...state.settings, ...preset.settings }),
    ].filter(Boolean).join(': '),
  }, title);
  button.addEventListener('click', () => {
    changeSettings(preset.settings);
    [...find('presets').querySelectorAll('button')].find((each) =>
      each.textContent === title)?.focus();
  });
  return button;
}

function removal(preset) {
  const button = element(
    'button',
    { type: 'button', class: 'take-away', 'aria-label': `Remove the preset ${preset.title}` },
    icon('close'),
  );
  button.addEventListener('click', () => {
    const before = own();
    keep('presets', before.filter((other) => other.title !== preset.title));
    show();
    toast(`“${preset.title}” is removed.`, { action: ['Undo', () => {
      keep('presets', before);
      show();
    }] });
  });
  return button;
}

/** Asks for a name in place, and keeps the settings under it. */
function name() {
  const field = element('input', {
    type: 'text', maxLength: 40, required: true, 'aria-label': 'Name of the preset',
    placeholder: 'Name',
  });
  const save = element('button', { type: 'button', class: 'primary' }, 'Save');
  find('presets').replaceChildren(element('div', { class: 'naming' }, field, save));
  field.focus();
  const finish = () => {
    const title = field.value.trim();
    // The seed is the picture's, not the preset's.
    const { seed, ...settings } = state.settings;
    if (title !== '') {
      keep('presets', [...own().filter((other) => other.title !== title), { title, settings }]);
    }
    show();
    find('add-preset').focus();
  };
  save.addEventListener('click', finish);
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Escape') field.value = '';
      finish();
    }
  });
}

export function startPresets() {
  on('settings model', () => {
    if (find('presets').querySelector('.naming') === null) show();
  });
}
