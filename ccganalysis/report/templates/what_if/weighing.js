// Plans weighed on money, fit and people: for which weights each is first, exactly, as `analysis/acceptability.py` does it.
import { allPlans, find, left } from "./plans.js";

export const CASES = ["low", "central", "high"];
const CORNERS = [[1, 0], [0, 1], [0, 0]];  // weights of the first two of three criteria; the third has the rest
const HAIR = 1e-12;

const pence = (value) => Math.round(value * 100) / 100;

/** £ a year that a plan would release in one shape of saving and case (by position); for all plans, an array. */
const price = (plans, quoted, shape, which) => {
  const times = (shape === "fixed" ? quoted.saving : quoted.share)[which], kept = 1 - quoted.harvested[which];
  const [apart, shared] = shape === "fixed" ? [plans.separate, plans.sharing] : [plans.separateGbp, plans.sharingGbp];
  return (plan) => pence(times * (apart[plan] + shared[plan] * kept));
};

function priced(plans, quoted, shape) {
  const of = price(plans, quoted, shape, 1), amounts = new Float64Array(plans.count);
  for (let plan = 0; plan < plans.count; plan += 1) amounts[plan] = of(plan);
  return amounts;
}

/** Values from 0, the worst of all plans, to 1, the best; none where they do not differ. */
function onScale(values, same, sign = 1) {
  let least = Infinity, most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (most - least <= same * Math.max(Math.abs(least), Math.abs(most))) return null;
  return values.map((value) => (sign > 0 ? value - least : most - value) / (most - least));
}

/** Which of some plans (`among`) are first, for which weights: `first`, the one first most often on top.
 *
 * `scaled` has a value per criterion and plan, `differ` the criteria on which plans differ; a weight on another changes nothing.
 */
export function weigh(plans, amounts, among, allowed, same) {
  const nothing = new Float64Array(plans.count);
  const held = [onScale(amounts, same), plans.wholeScaled, plans.movedScaled];
  const scaled = held.map((values) => values ?? nothing);
  const differ = [0, 1, 2].filter((criterion) => held[criterion]);
  const [a, b, c] = scaled;
  const best = (u, v) => {
    const w = 1 - u - v;
    let most = -Infinity, found = -1;
    for (let place = 0; place < among.length; place += 1) {
      const plan = among[place], value = u * a[plan] + v * b[plan] + w * c[plan];
      if (value > most) {
        most = value;
        found = plan;
      }
    }
    return [found, most];
  };
  const value = (plan, u, v) => u * a[plan] + v * b[plan] + (1 - u - v) * c[plan];
  const equal = (one, other) => scaled.every((values) => Math.abs(values[one] - values[other]) < same);
  // The best value is convex in the weights: where no plan beats those found at any corner of their cells, all are found.
  const known = new Map(), found = [best(1 / 3, 1 / 3)[0]];
  let cells = [];
  for (let more = true; more;) {
    more = false;
    cells = found.map((plan) => cell(plan, found, scaled));
    for (const [u, v] of cells.flat()) {
      const key = `${u.toFixed(11)} ${v.toFixed(11)}`;
      if (!known.has(key)) known.set(key, best(u, v));
      const [plan, most] = known.get(key);
      if (found.every((one) => value(one, u, v) < most - same) && !found.some((one) => equal(one, plan))) {
        found.push(plan);
        more = true;
      }
    }
  }
  const first = found
    .map((plan, place) => ({ plan: among.find((one) => equal(one, plan)), share: extent(cells[place]) }))
    .filter((one) => one.share > HAIR)
    .sort((one, other) => Math.round((other.share - one.share) * 1e9) || one.plan - other.plan);
  const row = (plan) => (allowed && !allowed[plan] ? -1 : first.findIndex((one) => equal(one.plan, plan)));
  const at = (plan, weights) => differ.reduce((sum, criterion, place) => sum + weights[place] * scaled[criterion][plan], 0);
  return { scaled, differ, first, row, at, leader: first[0].plan, share: (plan) => first[row(plan)]?.share ?? 0 };
}

/** The corners of the weights at which a plan is first among some, in order; none where it never is. */
function cell(plan, among, scaled) {
  let corners = CORNERS;
  for (const rival of among) {
    if (rival === plan) continue;
    const ahead = scaled.map((values) => values[plan] - values[rival]);
    const side = corners.map(([u, v]) => ahead[0] * u + ahead[1] * v + ahead[2] * (1 - u - v));
    corners = corners.flatMap((corner, here) => {
      const before = (here + corners.length - 1) % corners.length, kept = side[here] >= -HAIR ? [corner] : [];
      if (side[here] >= -HAIR === side[before] >= -HAIR) return kept;
      const part = side[before] / (side[before] - side[here]);
      return [corners[before].map((weight, which) => weight + part * (corner[which] - weight)), ...kept];
    });
  }
  return corners;
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
  return weighing.first[values.findIndex((value) => value >= most - same)].plan;
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

/** Which plans no other beats on fit and people while it removes as many bodies, of each kind: few, and enough for `fixed`. */
function contenders(plans, among) {
  const { whole, moved, separate, sharing } = plans, kept = new Map();
  for (const plan of among) {
    const kind = 32 * separate[plan] + sharing[plan], rivals = kept.get(kind);
    if (!rivals) kept.set(kind, [plan]);
    else if (!rivals.some((one) => whole[one] >= whole[plan] && moved[one] <= moved[plan])) {
      kept.set(kind, [...rivals.filter((one) => whole[one] > whole[plan] || moved[one] < moved[plan]), plan]);
    }
  }
  return Uint32Array.from([...kept.values()].flat()).sort();
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
  const kept = floor || ceiling ? within(plans, floor, ceiling) : null;
  const fits = !kept || kept.allowed.includes(1), { allowed, all, few } = kept && fits ? kept : plans;
  const central = shapes.map((shape) => priced(plans, quoted, shape));
  const weighings = shapes.map((shape, place) => weigh(plans, central[place], shape === "fixed" ? few : all, allowed, told.same));
  const { choices, apart } = options(told, plans, settings.own);
  const leaders = weighings.map((one) => choices.find((choice) => one.row(choice.plan) === 0)?.plan ?? one.leader);
  const shares = weighings.map((one) => one.share(leaders[0]));
  const weights = settings.weights && weighings.map((one) => {
    const given = one.differ.map((criterion) => settings.weights[criterion]), sum = given.reduce((all, weight) => all + weight, 0);
    return firstAt(one, given.map((weight) => (sum ? weight / sum : 1 / given.length)), told.same);
  });
  let widest = 0, narrowest = Infinity, fit = 0;
  for (let plan = 0; plan < plans.count; plan += 1) {
    widest = Math.max(widest, plans.smallest[plan]);
    narrowest = Math.min(narrowest, plans.largest[plan]);
    if (!allowed || allowed[plan]) fit = Math.max(fit, plans.whole[plan]);
  }
  const clear = Math.min(...shares) > 1 / 2 + told.same;
  return {
    kind: !fits ? "nothing_fits" : clear ? "first" : fit <= plans.whole[0] ? "no_fit" : "turns",
    plan: leaders[0],
    leaders,
    shares,
    turn: turn(weighings[0], leaders[0], told),
    weights,
    choices,
    apart,
    floor,
    ceiling,
    widest,
    narrowest,
    asked: settings.target === null ? told.asked : settings.target * told.bodies.reduce((sum, body) => sum + body.baseline, 0),
    frontier: frontier(plans, central[0], few),
    central: central[0],
    released: (plan) => shapes.map((shape) => CASES.map((_, which) => price(plans, quoted, shape, which)(plan))),
    firstShare: (plan) => Math.min(...weighings.map((one) => one.share(plan))),
  };
}

/** The plans whose bodies all keep to floor and ceiling. */
function within(plans, floor, ceiling) {
  const allowed = new Uint8Array(plans.count);
  for (let plan = 0; plan < plans.count; plan += 1) {
    allowed[plan] = plans.smallest[plan] >= floor && (!ceiling || plans.largest[plan] <= ceiling);
  }
  const all = plans.all.filter((plan) => allowed[plan]);
  return { allowed, all, few: contenders(plans, all) };
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
  const plans = allPlans(told), all = Uint32Array.from({ length: plans.count }, (_, plan) => plan);
  return {
    ...plans,
    all,
    allowed: null,
    few: contenders(plans, all),
    wholeScaled: onScale(plans.whole, told.same),
    movedScaled: onScale(plans.moved, told.same, -1),
    named: told.options.map(({ names, groups }) => ({ names, plan: find(plans, told, groups) })),
    left: (plan) => left(plans, plan),
  };
}
