// Plans weighed on money, fit and people: for which weights each is first, exactly, as `analysis/acceptability.py` does it.
import { allPlans, find, left } from "./plans.js";

const CASES = [0, 1, 2], CENTRAL = 1;  // little, something and much released
const CORNERS = [[1, 0], [0, 1], [0, 0]];  // weights of the first two of three criteria; the third has the rest
const HAIR = 1e-12, FINE = 5e7;  // corners nearer than one in so many are one

const pence = (value) => Math.round(value * 100) / 100;

/** What a merger releases money for in one shape of saving: bodies removed under officers of their own, and those sharing one. */
const acted = (plans, shape) =>
  shape === "fixed" ? [plans.separate, plans.sharing] : [plans.separateGbp, plans.sharingGbp];

/** £ a year that a plan would release in one shape of saving and case (by position). */
function price(plans, quoted, shape, which) {
  const times = (shape === "fixed" ? quoted.saving : quoted.share)[which], kept = 1 - quoted.harvested[which];
  const [apart, shared] = acted(plans, shape);
  return (plan) => pence(times * (apart[plan] + shared[plan] * kept));
}

function priced(plans, quoted, shape) {
  const of = price(plans, quoted, shape, CENTRAL), amounts = new Float64Array(plans.count);
  for (let plan = 0; plan < plans.count; plan += 1) amounts[plan] = of(plan);
  return amounts;
}

/** Values from 0, the worst of all plans, to 1, the best; none where they do not differ. */
function onScale(values, same, sign = 1) {
  let least = Infinity, most = -Infinity;
  for (let plan = 0; plan < values.length; plan += 1) {
    if (values[plan] < least) least = values[plan];
    if (values[plan] > most) most = values[plan];
  }
  if (most - least <= same * Math.max(Math.abs(least), Math.abs(most))) return null;
  const worst = sign > 0 ? least : most, spread = sign * (most - least), scaled = new Float64Array(values.length);
  for (let plan = 0; plan < values.length; plan += 1) scaled[plan] = (values[plan] - worst) / spread;
  return scaled;
}

/** Of plans that remove as many bodies of each kind, those that no other beats on fit and people: all that a fixed amount can put first. */
function contenders({ separate, sharing, whole, moved }, among) {
  const byKind = new Map();
  for (let place = 0; place < among.length; place += 1) {
    const plan = among[place], kind = 32 * separate[plan] + sharing[plan], w = whole[plan], m = moved[plan];
    const rivals = byKind.get(kind);
    let rival = 0;
    while (rivals && rival < rivals.length && (whole[rivals[rival]] < w || moved[rivals[rival]] > m)) rival += 1;
    if (!rivals) byKind.set(kind, [plan]);
    else if (rival === rivals.length) byKind.set(kind, [...rivals.filter((one) => whole[one] > w || moved[one] < m), plan]);
  }
  return Uint32Array.from([...byKind.values()].flat());
}

function picked(values, among) {
  if (!among) return values;
  const found = new Float64Array(among.length);
  for (let place = 0; place < among.length; place += 1) found[place] = values[among[place]];
  return found;
}

/** Which of some plans are first, for which weights: `first`, the one first most often on top. `among` has all that can be, null for every plan.
 *
 * `differ` are the criteria on which plans differ; a weight on another changes nothing. `at` is a plan's value at some weights,
 * `row` its place in `first`, and `earliest` the first of the plans that equal it.
 */
export function weigh(plans, amounts, among, allowed, same) {
  const nothing = new Float64Array(plans.count);
  const held = [onScale(amounts, same), plans.wholeScaled, plans.movedScaled];
  const scaled = held.map((values) => values ?? nothing);
  const differ = [0, 1, 2].filter((criterion) => held[criterion]);
  const [a, b, c] = scaled, [x, y, z] = scaled.map((values) => picked(values, among));
  const best = (u, v) => {
    const w = 1 - u - v;
    let most = -Infinity, found = 0;
    for (let place = 0; place < x.length; place += 1) {
      const value = u * x[place] + v * y[place] + w * z[place];
      if (value > most) {
        most = value;
        found = place;
      }
    }
    return [among ? among[found] : found, most];
  };
  const ahead = (plan, rival) => [a[plan] - a[rival], b[plan] - b[rival], c[plan] - c[rival]];
  const value = (plan, u, v) => u * a[plan] + v * b[plan] + (1 - u - v) * c[plan];
  const equal = (one, other) =>
    Math.abs(a[one] - a[other]) < same && Math.abs(b[one] - b[other]) < same && Math.abs(c[one] - c[other]) < same;
  const earliest = (plan) => {
    for (let one = 0; one < plan; one += 1) if ((!allowed || allowed[one]) && equal(one, plan)) return one;
    return plan;
  };
  // The best value is convex in the weights: where no plan beats those found at any corner of their cells, all are found.
  const asked = new Set(), found = [best(1 / 3, 1 / 3)[0]], cells = [CORNERS];
  const key = ([u, v]) => Math.round(u * FINE) * FINE + Math.round(v * FINE);
  for (let corner = CORNERS[0]; corner; corner = cells.flat().find((one) => !asked.has(key(one)))) {
    asked.add(key(corner));
    const [plan, most] = best(...corner);
    if (found.every((one) => value(one, ...corner) < most - same)) {
      found.forEach((one, place) => { cells[place] = clipped(cells[place], ahead(one, plan)); });
      cells.push(found.reduce((corners, one) => clipped(corners, ahead(plan, one)), CORNERS));
      found.push(plan);
    }
  }
  const first = found
    .map((plan, place) => ({ plan, share: extent(cells[place]) }))
    .filter((one) => one.share > HAIR)
    .sort((one, other) => Math.round((other.share - one.share) * 1e9) || one.plan - other.plan);
  const row = (plan) => (allowed && !allowed[plan] ? -1 : first.findIndex((one) => equal(one.plan, plan)));
  const at = (plan, weights) => differ.reduce((sum, criterion, place) => sum + weights[place] * scaled[criterion][plan], 0);
  return { differ, first, row, at, earliest, leader: earliest(first[0].plan), share: (plan) => first[row(plan)]?.share ?? 0 };
}

/** The part of a cell of weights, by its corners in order, in which a plan is ahead: by so much on each criterion. */
function clipped(corners, [a, b, c]) {
  const side = corners.map(([u, v]) => a * u + b * v + c * (1 - u - v));
  if (side.every((value) => value >= -HAIR)) return corners;
  return corners.flatMap((corner, here) => {
    const before = (here + corners.length - 1) % corners.length, kept = side[here] >= -HAIR ? [corner] : [];
    if (side[here] >= -HAIR === side[before] >= -HAIR) return kept;
    const part = side[before] / (side[before] - side[here]), from = corners[before];
    return [[from[0] + part * (corner[0] - from[0]), from[1] + part * (corner[1] - from[1])], ...kept];
  });
}

/** The share of all weights that lie between corners. */
function extent(corners) {
  let doubled = 0;
  corners.forEach(([u, v], here) => {
    const [p, q] = corners[(here + 1) % corners.length];
    doubled += u * q - p * v;
  });
  return Math.abs(doubled);
}

/** The plan that is first at some weights, one for each criterion that differs; of equals the one first most often. */
export function firstAt(weighing, weights, same) {
  const values = weighing.first.map(({ plan }) => weighing.at(plan, weights)), most = Math.max(...values);
  return weighing.earliest(weighing.first[values.findIndex((value) => value >= most - same)].plan);
}

/** The least weight on one criterion above which a plan is first no more, the others sharing the rest; null where there is none. */
export function turn(weighing, plan, { same, beyond }) {
  const number = weighing.differ.length;
  if (number < 2) return null;
  const along = (which, weight) => weighing.differ.map((_, place) => (place === which ? weight : (1 - weight) / (number - 1)));
  const ahead = (rival, weights) => weighing.at(plan, weights) - weighing.at(rival, weights);
  let least = null;
  weighing.differ.forEach((criterion, which) => {
    let low = 0, high = 1;
    for (const { plan: rival } of weighing.first) {
      const without = ahead(rival, along(which, 0)), alone = ahead(rival, along(which, 1));
      const level = Math.abs(without - alone) > same ? without / (without - alone) : 0;
      if (without < -same) low = Math.max(low, alone > same ? level : 1);
      if (alone < -same) high = Math.min(high, without > same ? level : 0);
    }
    if (high - low > same && high < 1 - beyond && (!least || high < least.weight)) {
      least = { criterion, weight: high, plan: firstAt(weighing, along(which, high + beyond), same) };
    }
  });
  return least;
}

/** The outcomes that no plan beats on money, fit and people at once, one plan of each, the dearest first. */
function frontier(plans, amounts, among) {
  const { whole, moved } = plans, kept = [];
  const order = (one, other) =>
    amounts[other] - amounts[one] || whole[other] - whole[one] || moved[one] - moved[other] || one - other;
  for (const plan of Array.from(among).sort(order)) {
    if (!kept.some((one) => whole[one] >= whole[plan] && moved[one] <= moved[plan])) kept.push(plan);
  }
  return kept;
}

/** What is answered under some settings, as `analysis/options` answers it: the same names, the same figures.
 *
 * A setting that is null is as published: `saving`, `share` and `harvested` then have a range. `weights` are three numbers;
 * `own` groups of bodies, by position.
 */
export function answer(told, plans, settings) {
  const quoted = Object.fromEntries(
    Object.entries(told.quoted).map(([name, values]) => [name, settings[name] === null ? values : values.map(() => settings[name])]),
  );
  const shapes = told.shapes.map(([name]) => name);
  const [floor, ceiling] = [settings.floor ?? told.floor, settings.ceiling ?? told.ceiling];
  const kept = within(plans, floor, ceiling), fits = kept.count > 0, among = fits ? kept : within(plans, 0, 0);
  const { few, fitter } = among;
  const weighings = shapes.map((shape) => weighed(plans, quoted, shape, among, told.same));
  const { amounts } = weighings[0];
  const { choices, apart } = options(told, plans, settings.own);
  const leaders = weighings.map((one) => choices.find((choice) => one.row(choice.plan) === 0)?.plan ?? one.leader);
  const shares = weighings.map((one) => one.share(leaders[0]));
  const weights = settings.weights && weighings.map((one) => {
    const given = one.differ.map((criterion) => settings.weights[criterion]), sum = given.reduce((all, weight) => all + weight, 0);
    return firstAt(one, given.map((weight) => (sum ? weight / sum : 1 / given.length)), told.same);
  });
  const clear = Math.min(...shares) > 1 / 2 + told.same;
  return {
    kind: !fits ? "nothing_fits" : clear ? "first" : fitter ? "turns" : "no_fit",
    plan: leaders[0],
    leaders,
    shares,
    turn: turn(weighings[0], leaders[0], told),
    weights,
    choices,
    apart,
    floor,
    ceiling,
    widest: plans.widest,
    narrowest: plans.narrowest,
    asked: settings.target === null ? told.asked : settings.target * told.bodies.reduce((sum, body) => sum + body.baseline, 0),
    frontier: frontier(plans, amounts, few),
    central: amounts,
    released: (plan) => shapes.map((shape) => CASES.map((_, which) => price(plans, quoted, shape, which)(plan))),
    firstShare: (plan) => Math.min(...weighings.map((one) => one.share(plan))),
  };
}

/** The plans weighed in one shape of saving, those of `within` only; as they were, where neither money nor bounds have changed. */
function weighed(plans, quoted, shape, { allowed, among, key }, same) {
  const asked = `${key} ${(shape === "fixed" ? quoted.saving : quoted.share)[CENTRAL]} ${quoted.harvested[CENTRAL]}`;
  if (plans.weighed[shape]?.asked !== asked) {
    const amounts = priced(plans, quoted, shape);
    plans.weighed[shape] = { asked, amounts, ...weigh(plans, amounts, among[shape], allowed, same) };
  }
  return plans.weighed[shape];
}

/** The plans whose bodies all keep to floor and ceiling: how many, and what can be first among them. The last asked for is kept. */
function within(plans, floor, ceiling) {
  const key = `${floor} ${ceiling}`, { known } = plans;
  if (known.has(key)) return known.get(key);
  const every = !floor && !ceiling, allowed = every ? null : new Uint8Array(plans.count), found = new Uint32Array(plans.count);
  let fitter = false, count = 0;
  for (let plan = 0; plan < plans.count; plan += 1) {
    if (!every && !(plans.smallest[plan] >= floor && (!ceiling || plans.largest[plan] <= ceiling))) continue;
    if (allowed) allowed[plan] = 1;
    found[count] = plan;
    count += 1;
    for (const whole of plans.wholes) if (whole[plan] > whole[0]) fitter = true;
  }
  const all = found.subarray(0, count), few = contenders(plans, all);
  if (known.size > 1) known.delete([...known.keys()][1]);
  return known.set(key, { key, count, allowed, fitter, few, among: { fixed: few, proportional: every ? null : all } }).get(key);
}

/** The named options with the reader's own mergers, each plan once; `apart` are mergers whose bodies are not connected. */
function options(told, plans, own) {
  const named = new Map();
  const add = (name, plan) => named.set(plan, [...(named.get(plan) ?? []), name]);
  for (const option of plans.named) for (const name of option.names) name === told.own || add(name, option.plan);
  const merged = own.filter((group) => group.length > 1), chosen = merged.length ? find(plans, told, merged) : -1;
  if (chosen >= 0) add(told.own, chosen);
  const apart = chosen < 0 ? merged.filter((group) => find(plans, told, [group]) < 0) : [];
  return { choices: Array.from(named, ([plan, names]) => ({ plan, names })), apart };
}

/** All plans of an area with what of them no setting changes: made once. */
export function prepared(told) {
  const listed = allPlans(told);
  const plans = {
    ...listed,
    wholeScaled: onScale(listed.whole, told.same),
    movedScaled: onScale(listed.moved, told.same, -1),
    widest: listed.smallest.reduce((most, people) => Math.max(most, people)),
    narrowest: listed.largest.reduce((least, people) => Math.min(least, people)),
    named: told.options.map(({ names, groups }) => ({ names, plan: find(listed, told, groups) })),
    left: (plan) => left(listed, plan),
    known: new Map(),
    weighed: {},
  };
  within(plans, 0, 0);
  return plans;
}
