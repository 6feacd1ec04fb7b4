// Which models the server has, and which of them paints.

import { getModels } from './api.js';
import { find } from './elements.js';
import { toast } from './say.js';
import { keep, recall } from './store.js';
import { state, tell } from './state.js';

/** Asks for the models until the server answers. */
export async function loadModels() {
  let isTold = false;
  for (;;) {
    try {
      const answer = await getModels();
      state.models = answer.models.map((model) =>
        ({ ...model, limits: model.limits ?? answer.limits ?? {} }));
      state.presets = answer.presets ?? [];
      break;
    } catch (error) {
      if (!isTold) toast(`${error.message} The page tries again.`, { problem: true });
      isTold = true;
      await new Promise((resolve) => { setTimeout(resolve, 3000); });
    }
  }
  const remembered = recall('model', null);
  state.model = (state.models.find((model) => model.name === remembered) ?? state.models[0])?.name
    ?? null;
  show();
  tell('model');
}

function show() {
  const select = find('model');
  select.replaceChildren(
    ...state.models.map((model) => new Option(`${model.name} · ${model.side} px`, model.name))
  );
  select.value = state.model;
  select.disabled = state.models.length < 2;
}

export function startModels() {
  find('model').addEventListener('change', () => {
    state.model = find('model').value;
    keep('model', state.model);
    tell('model');
    tell('mask');
  });
}
