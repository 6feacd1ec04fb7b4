// Puts plan, store, ranking and views together.

const study = JSON.parse(document.getElementById('study').textContent);
const store = new Store(study);

let session = null;
let plan = [];
let ranking = null;
let view = null;
/** When the step at hand was last shown, in milliseconds; its time before that is in the session. */
let shownAt = 0;

function begin(code) {
  session = store.session(code);
  plan = makePlan(study, session.code);
  store.save(session);
  go(session.step);
}

/** Goes to a step; past the last one is the end. */
function go(place) {
  if (place !== session.step) [session.places, session.seconds] = [null, 0];
  session.step = Math.min(place, plan.length);
  store.save(session);
  [ranking, view] = [null, null];
  showProgress(session.step, plan.length);
  document.getElementById('pause').hidden = session.step >= plan.length;
  if (session.step >= plan.length) return end();
  const step = plan[session.step];
  if (!session.introduced.includes(step.question.name)) return introduce(step);
  return rank(step);
}

function introduce(step) {
  const names = [...new Set(plan.map((each) => each.question.name))];
  showQuestion(step.question, names.indexOf(step.question.name) + 1, names.length, () => {
    session.introduced.push(step.question.name);
    go(session.step);
  });
}

function rank(step) {
  const answered = session.answers[nameOf(step)];
  if (session.places === null && answered !== undefined) {
    [session.places, session.seconds] = [answered.order, answered.seconds];
  }
  ranking = new Ranking(step.shown, session.places);
  shownAt = Date.now();
  view = showStep(study, step, ranking, {
    toggle, put, move, undo, next, back, canGoBack: session.step > 0,
  });
}

function toggle(id) {
  ranking.toggle(id);
  changed(id);
}

function put(id, place) {
  ranking.put(id, place);
  changed(id);
}

/** Moves a placed result and keeps the keyboard's focus on it. */
function move(id, place) {
  if (place < 0 || place >= ranking.places.length) return;
  put(id, place);
  document.querySelector(`[data-place="${place}"]`).focus();
}

function undo() {
  if (!ranking.canUndo) return;
  ranking.undo();
  changed(null);
}

function changed(id) {
  keepTime();
  session.places = [...ranking.places];
  store.save(session);
  view.update();
  const free = ranking.places.filter((other) => other === null).length;
  const place = id === null ? -1 : ranking.placeOf(id);
  const what = id === null ? 'Taken back.'
    : `Picture ${ranking.shown.indexOf(id) + 1} ${place < 0 ? 'taken back' : ORDINALS[place]}.`;
  say(`${what} ${free === 0 ? 'All placed; press Enter to go on.' : `${free} to place.`}`);
}

function next() {
  if (!ranking.isComplete) return;
  keepTime();
  session.answers[nameOf(plan[session.step])] = {
    order: [...ranking.places], seconds: Math.round(session.seconds * 10) / 10,
  };
  go(session.step + 1);
}

function back() {
  if (session.step > 0) go(session.step - 1);
}

/** Adds the time that the step was in sight. */
function keepTime() {
  const time = Date.now();
  if (document.visibilityState === 'visible') session.seconds += (time - shownAt) / 1000;
  shownAt = time;
}

function end() {
  const file = answerFile(study, session, plan);
  showEnd(session, file.complete, {
    download: () => download(answerFile(study, session, plan)),
    resume: () => go(Math.min(session.step, plan.length - 1)),
    leave: () => {
      store.leave();
      location.hash = '';
      start();
    },
  });
}

function download(file) {
  const text = `${JSON.stringify(file, null, 1)}\n`;
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  el('a', { href: address, download: `answers-${file.rater}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/** Keys act on the step in sight, wherever the focus is. */
function pressed(event) {
  if (ranking === null || event.altKey || document.getElementById('large').open) return;
  const isUndo = event.key === 'Backspace' || (event.key.toLowerCase() === 'z'
    && (event.ctrlKey || event.metaKey));
  if (isUndo) {
    event.preventDefault();
    return undo();
  }
  if (event.ctrlKey || event.metaKey) return;
  const number = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
  if (number > 0 && number <= ranking.shown.length) return toggle(ranking.shown[number - 1]);
  if (event.key.toLowerCase() === 'e') return view.enlarge(0);
  // Enter on a control is the control's own, except on a picture that has its place.
  const control = event.target.closest('button, a, input');
  const isPicture = control !== null && control.classList.contains('pick');
  if (event.key === 'Enter' && ranking.isComplete && (control === null || isPicture)) {
    event.preventDefault();
    next();
  }
}

function start() {
  session = store.current();
  [ranking, view] = [null, null];
  document.getElementById('pause').hidden = true;
  const invited = codeInAddress();
  if (session !== null && (invited === '' || invited === session.code)) return begin(session.code);
  showProgress(0, study.groups.length * study.questions.length);
  return showWelcome(study, store.isKept, begin);
}

document.addEventListener('keydown', pressed);
document.addEventListener('visibilitychange', () => {
  if (ranking === null) return;
  // What passed until now was in sight if the page is hidden now, and out of sight otherwise.
  if (document.visibilityState === 'hidden') session.seconds += (Date.now() - shownAt) / 1000;
  shownAt = Date.now();
  store.save(session);
});
document.getElementById('pause').addEventListener('click', () => {
  if (ranking !== null) keepTime();
  store.save(session);
  [ranking, view] = [null, null];
  document.getElementById('pause').hidden = true;
  end();
});

start();
