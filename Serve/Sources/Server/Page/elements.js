// Making and finding elements.

export const find = (id) => document.getElementById(id);

/** An element with properties and children. `class`, `data-…` and `aria-…` are attributes. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key === 'class' || key.includes('-') || key === 'role') made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const made = document.createElementNS(space, 'svg');
  made.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(space, 'use');
  use.setAttribute('href', `/page/icons.svg#${name}`);
  made.append(use);
  return made;
}

/** Draws the icons that the document names, and shows keys where a pointer rests. */
export function dress(root = document) {
  for (const button of root.querySelectorAll('[data-icon]')) {
    if (button.querySelector('svg') === null) button.prepend(icon(button.dataset.icon));
  }
  for (const button of root.querySelectorAll('[data-key]')) {
    const name = button.getAttribute('aria-label') ?? button.textContent.trim();
    button.title = `${name}  ${button.dataset.key}`;
    button.setAttribute(
      'aria-keyshortcuts', button.dataset.key.replace('Ctrl', 'Control').replace('Esc', 'Escape'),
    );
  }
}

/** How far a slider is, for the coloured part of its track. */
export function showSlider(input) {
  const share = (input.value - input.min) / (input.max - input.min);
  input.style.setProperty('--done', `${100 * Math.min(Math.max(share, 0), 1)}%`);
}

/** A picture drawn small, so that large ones are not held decoded. */
export function thumbnail(bitmap, longest = 160) {
  const scale = Math.min(longest / Math.max(bitmap.width, bitmap.height), 4);
  const canvas = element('canvas', {
    width: Math.max(1, Math.round(bitmap.width * scale)),
    height: Math.max(1, Math.round(bitmap.height * scale)),
  });
  const context = canvas.getContext('2d');
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** A small picture as a file, to be kept beside a large one. */
export async function smallFile(bitmap, longest) {
  const canvas = thumbnail(bitmap, longest);
  return new Promise((resolve) => { canvas.toBlob(resolve, 'image/webp', 0.85); });
}

export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
