// Dragging with a mouse, a pen or a finger: from a picture or a place to a place.

/**
 * Lets the element be dragged onto elements with a `data-place`.
 *
 * A finger that moves up or down at first scrolls the page, as everywhere.
 */
function makeDraggable(element, picture, drop) {
  let start = null;
  let ghost = null;

  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || event.target.closest('[data-no-drag]')) return;
    start = { x: event.clientX, y: event.clientY, pointer: event.pointerId };
  });

  element.addEventListener('pointermove', (event) => {
    if (start === null || event.pointerId !== start.pointer) return;
    if (ghost === null) {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) < 8) return;
      ghost = picture.cloneNode();
      ghost.className = 'ghost';
      ghost.removeAttribute('id');
      ghost.alt = '';
      document.body.append(ghost);
      element.setPointerCapture(event.pointerId);
      document.body.classList.add('dragging');
    }
    ghost.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`;
    mark(placeAt(event));
  });

  element.addEventListener('pointerup', (event) => {
    const place = ghost === null ? null : placeAt(event);
    const wasDragged = ghost !== null;
    end();
    // The click that follows a drag would pick the picture.
    if (wasDragged) {
      element.addEventListener('click', swallow, { capture: true, once: true });
      setTimeout(() => element.removeEventListener('click', swallow, { capture: true }), 0);
    }
    if (place !== null) drop(Number(place.dataset.place));
  });

  element.addEventListener('pointercancel', end);
  element.addEventListener('dragstart', (event) => event.preventDefault());

  function end() {
    if (ghost !== null) ghost.remove();
    [start, ghost] = [null, null];
    document.body.classList.remove('dragging');
    mark(null);
  }
}

function placeAt(event) {
  const found = document.elementFromPoint(event.clientX, event.clientY);
  return found === null ? null : found.closest('[data-place]');
}

function mark(place) {
  for (const other of document.querySelectorAll('.target')) other.classList.remove('target');
  if (place !== null) place.classList.add('target');
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}
