// The overlay of all keys.

import { element, find, icon } from './elements.js';
import { keys } from './keyboard.js';
import { keep, recall } from './store.js';

const shown = {
  Arrows: '← ↑ ↓ →', 1: '1 … 9', ...(/Mac|iP/.test(navigator.platform) ? { Ctrl: '⌘' } : {}),
};

function caps(key) {
  const parts = key === '+' || key === '-' ? [key] : key.split('+');
  return parts.flatMap((part, place) => {
    const cap = element('kbd', {}, shown[part] ?? (part.length === 1 ? part.toUpperCase() : part));
    return place === 0 ? [cap] : [' ', cap];
  });
}

export function openHelp() {
  const dialog = find('help-dialog');
  const close = element('button', { class: 'icon', 'aria-label': 'Close' }, icon('close'));
  close.addEventListener('click', () => dialog.close());
  const groups = keys.map(([title, rows]) => element('section', {}, element('h3', {}, title),
    element(
      'dl', {},
      ...rows.flatMap(([key, text]) => [element('dt', {}, text), element('dd', {}, ...caps(key))]),
    )));
  const letters = element('input', {
    type: 'checkbox', id: 'letters', checked: recall('letters', true),
  });
  letters.addEventListener('change', () => keep('letters', letters.checked));
  dialog.replaceChildren(
    element('header', {}, element('h2', { id: 'help-title' }, 'Keys'), close),
    element(
      'div', { class: 'body', tabIndex: 0, role: 'region', 'aria-labelledby': 'help-title' },
      element('div', { class: 'keys' }, ...groups),
    ),
    element(
      'footer', {}, letters, element('label', { htmlFor: 'letters' }, 'Keys without Ctrl work'),
      element('span', { class: 'space' }),
    ));
  dialog.showModal();
  close.focus();
}

export function startHelp() {
  find('help').addEventListener('click', openHelp);
}
