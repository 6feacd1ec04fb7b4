// What a rater has answered, kept by the browser on this machine so that a reload loses nothing.

const ANSWER_FORMAT = 'pbe-study-answers';

/** Codes: what can be typed, read aloud and used in a file's name. */
const CODE_PATTERN = /^[A-Za-z0-9_-]{1,32}$/;

class Store {
  constructor(study) {
    this.study = study;
    this.prefix = `pbe-study/${study.study}`;
  }

  /** Whether the browser keeps anything: some don't in private windows. */
  get isKept() {
    try {
      localStorage.setItem(`${this.prefix}/check`, '1');
      localStorage.removeItem(`${this.prefix}/check`);
      return true;
    } catch {
      return false;
    }
  }

  /** The rater who was last here, with what they have answered; null for nobody. */
  current() {
    const code = this.read(this.prefix);
    return typeof code === 'string' ? this.session(code) : null;
  }

  /** A rater's session: the one that is kept, or a new one. */
  session(code) {
    const kept = this.read(`${this.prefix}/${code}`);
    if (kept !== null && kept.code === code) return kept;
    return { code, started: now(), step: 0, answers: {}, places: null, seconds: 0, introduced: [] };
  }

  save(session) {
    this.write(this.prefix, session.code);
    this.write(`${this.prefix}/${session.code}`, session);
  }

  /** Lets another rater begin; what this one answered stays. */
  leave() {
    try { localStorage.removeItem(this.prefix); } catch { /* nothing was kept */ }
  }

  read(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }

  write(key, value) {
    try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* said at the start */ }
  }
}

/** The answers as a file for whoever runs the study. */
function answerFile(study, session, plan) {
  const rankings = plan.flatMap((step) => {
    const answer = session.answers[nameOf(step)];
    if (answer === undefined) return [];
    return [{
      question: step.question.name, group: step.group.id, shown: step.shown,
      order: answer.order, seconds: answer.seconds,
    }];
  });
  return {
    format: ANSWER_FORMAT, version: 1, study: study.study, rater: session.code,
    started: session.started, saved: now(), complete: rankings.length === plan.length, rankings,
  };
}

function nameOf(step) { return `${step.question.name}/${step.group.id}`; }

function now() { return new Date().toISOString(); }

/** A code for those who were given none: 40 random bits. */
function drawnCode() {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => letters[byte % letters.length]).join('');
}
