// A ranking in the making: places, best first, each with a result or free.

class Ranking {
  /** @param {string[]} shown the results, in the order in which they stand.
   *  @param {(string|null)[]|null} places what was placed before. */
  constructor(shown, places) {
    this.shown = shown;
    const isWhole = places !== null && places.length === shown.length
      && places.every((id) => id === null || shown.includes(id));
    this.places = isWhole ? [...places] : shown.map(() => null);
    this.past = [];
  }

  get isComplete() { return this.places.every((id) => id !== null); }
  get isEmpty() { return this.places.every((id) => id === null); }
  get canUndo() { return this.past.length > 0 || !this.isEmpty; }

  placeOf(id) { return this.places.indexOf(id); }

  /** Gives a result the best free place, or takes it back if it has one. */
  toggle(id) {
    const place = this.placeOf(id);
    if (place >= 0) this.change((places) => { places[place] = null; });
    else this.change((places) => { places[places.indexOf(null)] = id; fillLast(places, this.shown); });
  }

  /** Puts a result in a place; those that stand there make room, towards the nearest gap. */
  put(id, place) {
    const from = this.placeOf(id);
    if (from === place) return;
    this.change((places) => {
      if (from >= 0) places[from] = null;
      const gap = from >= 0 && places[place] !== null ? from : nearestGap(places, place);
      const step = gap < place ? 1 : -1;
      for (let at = gap; at !== place; at += step) places[at] = places[at + step];
      places[place] = id;
      if (from < 0) fillLast(places, this.shown);
    });
  }

  /** Takes the last change back. */
  undo() {
    if (this.past.length > 0) this.places = this.past.pop();
    else this.places = this.shown.map(() => null);
  }

  change(body) {
    this.past.push([...this.places]);
    body(this.places);
  }
}

/** The free place that is nearest to a place, worse ones first. */
function nearestGap(places, place) {
  for (let distance = 0; distance < places.length; distance += 1) {
    if (places[place + distance] === null) return place + distance;
    if (places[place - distance] === null) return place - distance;
  }
  return place;
}

/** Where one result and one place are left, they belong together. */
function fillLast(places, shown) {
  const rest = shown.filter((id) => !places.includes(id));
  if (rest.length === 1) places[places.indexOf(null)] = rest[0];
}
