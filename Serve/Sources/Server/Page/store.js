// What survives a reload: pictures, runs, the session in IndexedDB; small things in localStorage.

const memory = new Map();
let database = null;

/** Opens the database; without one (a private window), everything lives until the reload. */
export async function openStore() {
  try {
    database = await new Promise((resolve, reject) => {
      const opening = indexedDB.open('paint-by-example', 1);
      opening.addEventListener('upgradeneeded', () => {
        for (const name of ['pictures', 'runs', 'session']) {
          opening.result.createObjectStore(name, { keyPath: 'id' });
        }
      });
      opening.addEventListener('success', () => resolve(opening.result));
      opening.addEventListener('error', () => reject(opening.error));
      opening.addEventListener('blocked', () => reject(new Error('blocked')));
    });
  } catch {
    database = null;
  }
  return database !== null;
}

function transaction(name, mode, act) {
  return new Promise((resolve, reject) => {
    const changed = database.transaction(name, mode);
    const request = act(changed.objectStore(name));
    changed.addEventListener('complete', () => resolve(request.result));
    changed.addEventListener('abort', () => reject(changed.error ?? new Error('not kept')));
  });
}

/** @throws when the browser's storage is full; until the reload, the value is there all the same */
export async function put(name, value) {
  memory.set(`${name}/${value.id}`, value);
  if (database === null) return;
  await transaction(name, 'readwrite', (store) => store.put(value));
  memory.delete(`${name}/${value.id}`);
}

export async function get(name, id) {
  const held = memory.get(`${name}/${id}`);
  if (held !== undefined || database === null) return held;
  return transaction(name, 'readonly', (store) => store.get(id));
}

export async function all(name) {
  if (database === null) {
    return [...memory].filter(([key]) => key.startsWith(`${name}/`)).map(([, value]) => value);
  }
  return transaction(name, 'readonly', (store) => store.getAll());
}

export async function remove(name, id) {
  memory.delete(`${name}/${id}`);
  if (database !== null) await transaction(name, 'readwrite', (store) => store.delete(id));
}

/** Reads a small setting; what is missing or damaged gives the default. */
export function recall(key, otherwise) {
  try {
    const text = localStorage.getItem(`paint-by-example.${key}`);
    return text === null ? otherwise : JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export function keep(key, value) {
  try {
    localStorage.setItem(`paint-by-example.${key}`, JSON.stringify(value));
  } catch {
    // A private window or a full disk: the setting lasts until the reload.
  }
}
