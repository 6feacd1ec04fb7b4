// What the page knows. A part changes it and tells the others by a topic's name.

export const state = {
  models: [], presets: [], model: null,
  source: null, references: [], chosen: null,
  mask: null, tool: 'brush', brush: 40,
  settings: {}, plan: null,
  runs: [], active: null, shown: null,
  // How a result is shown: 'after', 'before', or 'slide' with the picture before up to `at`.
  compare: { mode: 'after', at: 0 },
};

const listeners = new Map();

/** Calls the listener after each change of these topics, given as words. */
export function on(topics, listener) {
  for (const topic of topics.split(' ')) {
    if (!listeners.has(topic)) listeners.set(topic, []);
    listeners.get(topic).push(listener);
  }
}

export function tell(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) listener(detail);
}

/** The model that paints; undefined until the server has said which there are. */
export function currentModel() {
  return state.models.find((model) => model.name === state.model);
}

export function currentReference() {
  return state.references.find((picture) => picture.id === state.chosen) ?? null;
}

/** From a result back to the mask that is drawn. */
export function backToEditing() {
  if (state.shown === null) return;
  state.shown = null;
  tell('shown');
}

/** A name for something kept. Not secret, so it works without a secure context. */
export function newId() {
  const words = crypto.getRandomValues(new Uint32Array(3));
  return [...words].map((word) => word.toString(36)).join('-');
}
