// What a rater is shown, and in which order. It depends on the study and the rater's code alone.

/** The steps of a rater: a question, a group, and the results in the order in which they stand. */
function makePlan(study, code) {
  const seed = BigInt(`0x${study.seed}`);
  const questions = new RandomStream(seed, `study questions ${code}`, 0).shuffled(study.questions);
  return questions.flatMap((question) => {
    const purpose = `study ${question.name} ${code}`;
    return orderOfGroups(study, new RandomStream(seed, purpose, 0)).map((group) => {
      const place = study.groups.indexOf(group) + 1;
      const results = [...group.results].map((result) => result.id);
      return { question, group, shown: new RandomStream(seed, purpose, place).shuffled(results) };
    });
  });
}

/** Any order, but groups that are shown twice come early, and the second time late. */
function orderOfGroups(study, random) {
  const again = new Map(study.apart.map(([first, second]) => [second, first]));
  const order = random.shuffled(study.groups.filter((group) => !again.has(group.id)));
  const half = Math.ceil(order.length / 2);
  const firsts = new Set(again.values());
  for (let place = half; place < order.length; place += 1) {
    if (!firsts.has(order[place].id)) continue;
    const free = [...Array(half).keys()].filter((early) => !firsts.has(order[early].id));
    if (free.length === 0) break;
    const early = free[random.below(free.length)];
    [order[place], order[early]] = [order[early], order[place]];
  }
  for (const group of study.groups.filter((group) => again.has(group.id))) {
    const late = Math.ceil((order.length * 3) / 4);
    order.splice(late + random.below(order.length - late + 1), 0, group);
  }
  return order;
}
