// Telling the user: short notes at the bottom, and sentences for screen readers.

import { element, find, icon } from './elements.js';

/** Says a sentence to a screen reader once it is idle. */
export function announce(text) {
  find('status').textContent = text;
}

const toasts = find('toasts');

// A dialog lies over everything else, and what it hides must come back.
for (const dialog of document.querySelectorAll('dialog')) {
  dialog.addEventListener('close', () => document.body.append(toasts));
}

/**
 * Shows a note for some seconds, longer when it is a problem or offers an action.
 *
 * @param action [what the button says, what it does]
 */
export function toast(text, { action, problem = false } = {}) {
  const close = element('button', { class: 'icon', 'aria-label': 'Close' }, icon('close'));
  const note = element('div', { class: 'toast' }, element('p', {}, text));
  if (action) {
    const [label, act] = action;
    const button = element('button', { class: 'quiet action' }, label);
    button.addEventListener('click', () => {
      note.remove();
      act();
    });
    note.append(button);
  }
  note.append(close);
  close.addEventListener('click', () => note.remove());
  (document.querySelector('dialog[open]') ?? document.body).append(toasts);
  while (toasts.children.length >= 3) toasts.firstChild.remove();
  toasts.append(note);
  find(problem ? 'alert' : 'status').textContent = text;
  setTimeout(() => note.remove(), problem || action ? 12000 : 5000);
}

/** Asks whether to do what cannot be undone; resolves to true or false. */
export function ask(title, text, yes) {
  const dialog = find('ask-dialog');
  const confirm = element('button', { class: 'primary' }, yes);
  const cancel = element('button', {}, 'Keep');
  dialog.replaceChildren(
    element('header', {}, element('h2', { id: 'ask-title' }, title)),
    element('div', { class: 'body' }, element('p', {}, text)),
    element('footer', {}, cancel, confirm));
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
    confirm.addEventListener('click', () => dialog.close('yes'));
    cancel.addEventListener('click', () => dialog.close(''));
  });
}
