// What the rater sees. Each function fills the page's main part anew.

/** An element with properties, attributes (`data-…`, `aria-…`, `role`), listeners and children. */
function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (/^(data-|aria-|role$|for$)/.test(name)) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const ORDINALS = ['1st', '2nd', '3rd', '4th', '5th', '6th', '7th', '8th', '9th'];

/** Shows some content; a screen reader begins with its heading. */
function show(kind, ...content) {
  const main = document.getElementById('main');
  document.body.dataset.view = kind;
  main.replaceChildren(...content.filter((part) => part !== null));
  window.scrollTo(0, 0);
  const heading = main.querySelector('h1');
  if (heading !== null) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

/** Tells a screen reader what happened. */
function say(text) { document.getElementById('said').textContent = text; }

function showProgress(done, total) {
  const bar = document.getElementById('progress');
  bar.max = total;
  bar.value = done;
  document.getElementById('count').textContent = done < total ? `${done + 1} of ${total}` : 'Done';
}

// MARK: Beginning

function showWelcome(study, isKept, begin) {
  const { groups, questions } = study;
  const minutes = Math.max(1, Math.round((groups.length * questions.length * 20) / 60));
  const field = el('input', {
    id: 'code', name: 'code', autocomplete: 'off', spellcheck: false, maxLength: 32,
    value: codeInAddress(),
  });
  const problem = el('p', { className: 'problem', role: 'alert' });
  const start = (event) => {
    event.preventDefault();
    const code = field.value.trim() || drawnCode();
    if (CODE_PATTERN.test(code)) return begin(code);
    problem.textContent = 'A code has up to 32 letters, digits, - and _. '
      + 'Leave it empty if you were given none.';
    field.setAttribute('aria-invalid', 'true');
    field.focus();
    return undefined;
  };
  show('words',
    el('p', { className: 'kicker' }, 'Picture study'),
    el('h1', {}, study.title),
    el('p', { className: 'lead' },
      `You will see ${groups.length} groups of edited pictures, twice: for each of two questions you `
      + `put ${study.results} pictures in order, from best to worst. About ${minutes} minutes; take `
      + 'as long as you like, and pause whenever you want.'),
    el('ol', { className: 'steps' },
      el('li', {}, el('b', {}, 'Look. '),
        'At the top stands the source, with the region that was to be changed outlined, and the '
        + 'reference: the object that should appear there.'),
      el('li', {}, el('b', {}, 'Order. '),
        'Pick the best picture first, then the next best: click or tap it, press its number, or drag '
        + 'it to a place. Backspace takes the last step back.'),
      el('li', {}, el('b', {}, 'Send. '),
        'At the end you save a small file with your answers and send it to whoever invited you.')),
    el('form', { className: 'start', onsubmit: start },
      el('label', { for: 'code' }, 'Your code'),
      el('div', { className: 'row' }, field,
        el('button', { className: 'primary', type: 'submit' }, 'Begin')),
      el('p', { className: 'hint' }, 'From your invitation. Leave it empty if you were given none.'),
      problem),
    el('p', { className: 'hint' },
      'Nothing leaves this machine: the page has no connection, and your answers stay in this browser '
      + 'until you save them. It asks for no name.'),
    isKept ? null : el('p', { className: 'problem' },
      'This browser keeps nothing for this page (a private window?): answers will be lost if you close '
      + 'or reload it.'));
}

/** Invitations may carry the code in the address: `study.html#A7K2`. */
function codeInAddress() {
  try {
    const code = decodeURIComponent(location.hash.slice(1));
    return CODE_PATTERN.test(code) ? code : '';
  } catch {
    return '';
  }
}

function showQuestion(question, place, count, begin) {
  show('words',
    el('p', { className: 'kicker' }, `Question ${place} of ${count}`),
    el('h1', {}, question.title),
    el('p', { className: 'lead' }, question.explanation),
    el('p', {}, el('button', { className: 'primary', id: 'go', onclick: begin }, 'Start')));
  document.getElementById('go').focus();
}

// MARK: Ranking

/** A step: the inputs, the results, and the places below. Returns how to bring it up to date. */
function showStep(study, step, ranking, actions) {
  const pictures = study.pictures;
  const source = (id) => pictures[step.group.results.find((result) => result.id === id).picture];
  const inputs = [
    { name: 'Source', note: 'the outlined region was changed', picture: pictures[step.group.source] },
    { name: 'Reference', note: 'what should appear there', picture: pictures[step.group.reference] },
  ];
  const flip = [
    ...inputs,
    ...step.shown.map((id, i) => ({ name: `Picture ${i + 1}`, picture: source(id) })),
  ];
  const cards = step.shown.map((id, i) => resultCard(id, i, source(id), {
    toggle: () => actions.toggle(id), put: (place) => actions.put(id, place),
    enlarge: () => enlarge(flip, i + inputs.length),
  }));
  const slots = step.shown.map((_, place) => slotButton(place, actions));
  const undo = el('button', { onclick: actions.undo, title: 'Backspace' }, 'Undo');
  const next = el('button', { className: 'primary', id: 'next', onclick: actions.next,
    title: 'Enter' }, 'Next');
  show('step',
    el('section', { className: 'inputs', 'aria-label': 'Inputs' },
      el('div', { className: 'question' },
        el('h1', {}, step.question.title),
        el('p', {}, step.question.reminder),
        el('p', { className: 'keys' }, key(`1–${step.shown.length}`), ' pick, best first ',
          key('⌫'), ' undo ', key('E'), ' enlarge ', key('↵'), ' next')),
      ...inputs.map((input, i) => el('figure', {},
        el('button', { className: 'plain', onclick: () => enlarge(flip, i),
          'aria-label': `Enlarge the ${input.name.toLowerCase()}` },
        el('img', { src: input.picture, alt: `${input.name}: ${input.note}`, draggable: false })),
        el('figcaption', {}, el('b', {}, input.name), ` ${input.note}`)))),
    el('section', { className: 'results', 'aria-label': 'Results, in no particular order' },
      ...cards.map((card) => card.element)),
    el('section', { className: 'podium', 'aria-label': 'Your order, best first' },
      el('div', { className: 'places' },
        el('span', { className: 'end', 'aria-hidden': 'true' }, 'Best'), ...slots.map((s) => s.element),
        el('span', { className: 'end', 'aria-hidden': 'true' }, 'Worst')),
      el('div', { className: 'row' },
        el('button', { onclick: actions.back, disabled: !actions.canGoBack }, 'Back'), undo, next)));
  const update = () => {
    for (const card of cards) card.update(ranking.placeOf(card.id));
    for (const [place, slot] of slots.entries()) {
      const id = ranking.places[place];
      slot.update(id, id === null ? 0 : step.shown.indexOf(id) + 1, id === null ? null : source(id));
    }
    undo.disabled = !ranking.canUndo;
    next.disabled = !ranking.isComplete;
  };
  update();
  return { update, enlarge: (place) => enlarge(flip, place + inputs.length) };
}

function key(text) { return el('kbd', {}, text); }

function resultCard(id, index, picture, actions) {
  const image = el('img', { src: picture, alt: '', draggable: false });
  const badge = el('span', { className: 'place', 'aria-hidden': 'true' });
  const button = el('button', { className: 'pick', onclick: actions.toggle }, image,
    el('span', { className: 'handle', 'aria-hidden': 'true' }, key(`${index + 1}`), badge));
  button.dataset.result = id;
  const element = el('div', { className: 'card' }, button,
    el('button', { className: 'enlarge', 'data-no-drag': '', onclick: actions.enlarge,
      'aria-label': `Enlarge picture ${index + 1}`, title: 'Enlarge' }, '⤢'));
  makeDraggable(element, image, actions.put);
  return {
    id, element,
    update: (place) => {
      const isPlaced = place >= 0;
      element.classList.toggle('placed', isPlaced);
      badge.textContent = isPlaced ? ORDINALS[place] : '';
      button.setAttribute('aria-pressed', String(isPlaced));
      button.setAttribute('aria-label',
        `Picture ${index + 1}, ${isPlaced ? `placed ${ORDINALS[place]}` : 'not placed yet'}`);
    },
  };
}

function slotButton(place, actions) {
  const image = el('img', { alt: '', draggable: false });
  const number = el('span', { className: 'number' }, ORDINALS[place]);
  let id = null;
  const move = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || id === null) return;
    event.preventDefault();
    actions.move(id, place + step);
  };
  const button = el('button', { className: 'slot', 'data-place': String(place), onkeydown: move,
    onclick: () => { if (id !== null) actions.toggle(id); } }, image, number);
  makeDraggable(button, image, (to) => { if (id !== null) actions.put(id, to); });
  return {
    element: button,
    update: (found, shownAs, picture) => {
      id = found;
      button.classList.toggle('filled', id !== null);
      image.hidden = id === null;
      if (picture !== null) image.src = picture;
      button.setAttribute('aria-label', id === null ? `${ORDINALS[place]} place, free`
        : `${ORDINALS[place]} place: picture ${shownAs}. Left and right arrows move it, Enter takes it `
          + 'back');
    },
  };
}

/** One picture as large as it goes; arrows and numbers change it in place, which shows small flaws. */
function enlarge(pictures, start) {
  const dialog = document.getElementById('large');
  const image = el('img', {});
  const caption = el('p', { 'aria-live': 'polite' });
  let place = start;
  const turn = (to) => {
    place = (to + pictures.length) % pictures.length;
    image.src = pictures[place].picture;
    image.alt = pictures[place].name;
    caption.textContent = pictures[place].name;
  };
  turn(start);
  dialog.replaceChildren(image, el('div', { className: 'row' },
    el('button', { onclick: () => turn(place - 1), 'aria-label': 'Picture before' }, '←'), caption,
    el('button', { onclick: () => turn(place + 1), 'aria-label': 'Next picture' }, '→'),
    el('button', { onclick: () => dialog.close() }, 'Close')));
  dialog.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === 'ArrowLeft') turn(place - 1);
    if (event.key === 'ArrowRight') turn(place + 1);
    if (/^[1-9]$/.test(event.key) && Number(event.key) <= pictures.length - 2) {
      turn(Number(event.key) + 1);
    }
  };
  dialog.showModal();
}

// MARK: End

function showEnd(session, isComplete, actions) {
  const words = isComplete
    ? 'Save your answers, and send the file to whoever invited you. That is all: thank you.'
    : 'You can go on later, in this browser on this machine. Or save what you have answered and send '
      + 'that: it counts as far as it goes.';
  const save = el('button', { className: isComplete ? 'primary' : '', id: 'download',
    onclick: actions.download }, 'Save answers');
  show('words',
    el('p', { className: 'kicker' }, `Code ${session.code}`),
    el('h1', {}, isComplete ? 'All done' : 'Pause'),
    el('p', { className: 'lead' }, words),
    el('div', { className: 'row' },
      ...(isComplete ? [save, el('button', { onclick: actions.resume }, 'Look at the last group again')]
        : [el('button', { className: 'primary', id: 'resume', onclick: actions.resume }, 'Go on'), save])),
    el('p', { className: 'hint' },
      'The file holds your code, your orders and how long each took. Nothing else.'),
    el('p', { className: 'hint' },
      el('button', { className: 'link', onclick: actions.leave },
        'Somebody else wants to take part on this machine')));
}
