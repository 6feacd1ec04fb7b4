// What the page asks of the server.

/** An answer that is not a success; `message` is the server's own sentence. */
export class ServerError extends Error {
  constructor(status, message, retryAfter = null) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

async function request(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ServerError(0, 'The server does not answer. Is pbe-serve still running?');
  }
  if (response.ok) return response;
  const wait = Number(response.headers.get('Retry-After')) || null;
  throw new ServerError(response.status, await sentence(response), wait);
}

async function sentence(response) {
  if (response.status === 401) {
    return 'The server wants its token: open the address that it printed at its start.';
  }
  try {
    const answer = await response.json();
    if (typeof answer.error === 'string') return answer.error;
  } catch {
    // Not JSON: what follows says as much as is known.
  }
  return `The server answers ${response.status} ${response.statusText}.`;
}

export async function getModels() {
  return (await request('GET', '/models')).json();
}

export async function plan(question) {
  return (await request('POST', '/plan', question)).json();
}

export async function postJob(job) {
  return (await request('POST', '/jobs', job)).json();
}

export async function getJob(id) {
  return (await request('GET', `/jobs/${encodeURIComponent(id)}`)).json();
}

export async function cancelJob(id) {
  await request('DELETE', `/jobs/${encodeURIComponent(id)}`);
}

/** The very bytes that the server wrote. */
export async function getResult(url) {
  const address = new URL(url, location.origin);
  if (address.origin !== location.origin) {
    throw new ServerError(0, 'A result is not on this server.');
  }
  return (await request('GET', address.pathname)).blob();
}

const kinds = ['queued', 'note', 'progress', 'preview', 'result', 'done', 'failed', 'cancelled'];

/**
 * Listens to a job until its end.
 *
 * @param hear called with each event's kind and content
 * @param lost called when the server no longer tells, which may be its end
 * @returns a function that stops listening
 */
export function listen(id, hear, lost) {
  const events = new EventSource(`/jobs/${encodeURIComponent(id)}/events`);
  for (const kind of kinds) {
    events.addEventListener(kind, (event) => {
      let content = {};
      try {
        content = JSON.parse(event.data || '{}');
      } catch {
        return;
      }
      hear(kind, content);
    });
  }
  events.addEventListener('error', () => lost(events.readyState === EventSource.CLOSED));
  return () => events.close();
}

/** A file as the base64 that JSON can hold. */
export function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener(
      'load', () => resolve(reader.result.slice(reader.result.indexOf(',') + 1)),
    );
    reader.addEventListener('error', () => reject(new Error(
      'The file cannot be read any more. Was it moved or deleted? Open it again.')));
    reader.readAsDataURL(blob);
  });
}
