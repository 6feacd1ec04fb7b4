// Dark or light: as the system, until the user says otherwise.

import { find } from './elements.js';
import { announce } from './say.js';
import { keep, recall } from './store.js';

const names = { system: 'as the system', light: 'light', dark: 'dark' };
let theme = 'system';

function apply() {
  document.documentElement.dataset.theme = theme;
  const button = find('theme');
  button.setAttribute('aria-label', `Colours: ${names[theme]}`);
  button.title = `Colours: ${names[theme]}  D`;
  const drawing = theme === 'dark' ? 'moon' : 'theme';
  button.querySelector('use')?.setAttribute('href', `/page/icons.svg#${drawing}`);
}

export function nextTheme() {
  const order = Object.keys(names);
  theme = order[(order.indexOf(theme) + 1) % order.length];
  keep('theme', theme);
  apply();
  announce(`Colours: ${names[theme]}`);
}

export function startTheme() {
  const kept = recall('theme', 'system');
  theme = kept in names ? kept : 'system';
  apply();
  find('theme').addEventListener('click', nextTheme);
}
