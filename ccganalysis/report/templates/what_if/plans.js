// Every connected set and every plan of an area, from its borders: once, into typed arrays. Sets of bodies are bits of a number.

const size = (set) => {
  let count = 0;
  for (; set; set &= set - 1) count += 1;
  return count;
};
const lowest = (set) => 31 - Math.clz32(set & -set);

/** The bodies of a set, by position, in ascending order. */
export function members(set) {
  const found = [];
  for (; set; set &= set - 1) found.push(lowest(set));
  return found;
}

/** Every connected set, by size and then by its bits; the lowest undecided neighbour joins or stays out, again and again. */
export function connectedSets(neighbours) {
  const all = 2 ** neighbours.length - 1, sets = [];
  const grow = (set, undecided, reach) => {
    const edge = reach & undecided;
    if (!edge) return sets.push(set);
    const joining = edge & -edge, left = undecided & ~joining;
    grow(set, left, reach);
    return grow(set | joining, left, reach | neighbours[lowest(joining)]);
  };
  neighbours.forEach((near, body) => grow(1 << body, all & (-2 << body), near));
  return sets.map((set) => [size(set), set]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, set]) => set);
}

/** What each set is worth: one typed array a measure, by the position of the set. */
export function scored(told, sets) {
  const { bodies, fits } = told;
  const measures = ["people", "moved", ...fits.map((_, kind) => `whole-${kind}`), "separate", "sharing", "separateGbp", "sharingGbp"];
  const made = Object.fromEntries(measures.map((name) => [name, new Float64Array(sets.length)]));
  sets.forEach((set, at) => {
    const places = members(set), inside = places.map((place) => bodies[place]), heads = new Map();
    let people = 0, largest = 0, cost = 0, dearest = 0;
    for (const body of inside) {
      people += body.people;
      cost += body.baseline;
      largest = Math.max(largest, body.people);
      dearest = Math.max(dearest, body.baseline);
      heads.set(body.officer, Math.max(heads.get(body.officer) ?? 0, body.baseline));
    }
    fits.forEach(({ total, residents }, kind) => {
      made[`whole-${kind}`][at] = Math.round(total.reduce((all, most, which) => {
        const here = places.reduce((sum, place) => sum + residents[place][which], 0);
        return here >= most ? all + here : all;
      }, 0));
    });
    const dear = [...heads.values()].reduce((sum, one) => sum + one, 0);
    made.people[at] = Math.round(people);
    made.moved[at] = Math.round(people - largest);
    made.separate[at] = heads.size - 1;
    made.sharing[at] = inside.length - heads.size;
    made.separateGbp[at] = dear - dearest;
    made.sharingGbp[at] = cost - dear;
  });
  return made;
}

/** Every plan with its measures: the lowest body not yet placed goes with a connected set of others not yet placed.
 *
 * Plan 0 keeps every body apart. `starts` says where the sets of each plan begin in `parts`.
 */
export function allPlans(told) {
  const sets = connectedSets(told.neighbours), worth = scored(told, sets);
  const byLowest = told.neighbours.map(() => []);
  sets.forEach((set, at) => byLowest[lowest(set)].push(at));
  const { people, ...added } = worth;
  const path = new Uint16Array(told.neighbours.length);
  let count = 0, used = 0, room = 2 ** 14, parts = new Uint16Array(2 ** 17), starts = new Uint32Array(room + 1);
  const place = (left, depth) => {
    if (!left) {
      if (count === room) starts = longer(starts, (room *= 2) + 1);
      if (used + depth > parts.length) parts = longer(parts, 2 * parts.length);
      for (let step = 0; step < depth; step += 1) parts[used + step] = path[step];
      used += depth;
      starts[(count += 1)] = used;
      return;
    }
    for (const at of byLowest[lowest(left)]) {
      if ((sets[at] & left) === sets[at]) {
        path[depth] = at;
        place(left & ~sets[at], depth + 1);
      }
    }
  };
  place(2 ** told.neighbours.length - 1, 0);
  const summed = Object.fromEntries(Object.entries(added).map(([name, values]) => {
    const sums = new Float64Array(count);
    for (let plan = 0; plan < count; plan += 1) {
      let sum = 0;
      for (let part = starts[plan]; part < starts[plan + 1]; part += 1) sum += values[parts[part]];
      sums[plan] = sum;
    }
    return [name, sums];
  }));
  const smallest = new Float64Array(count), largest = new Float64Array(count);
  for (let plan = 0; plan < count; plan += 1) {
    let least = Infinity, most = 0;
    for (let part = starts[plan]; part < starts[plan + 1]; part += 1) {
      const here = people[parts[part]];
      if (here < least) least = here;
      if (here > most) most = here;
    }
    smallest[plan] = least;
    largest[plan] = most;
  }
  const wholes = told.fits.map((_, kind) => summed[`whole-${kind}`]);
  return { ...summed, count, sets, starts, parts, wholes, whole: wholes[0], smallest, largest };
}

function longer(array, length) {
  const made = new array.constructor(length);
  made.set(array);
  return made;
}

/** How many bodies a plan leaves. */
export const left = (plans, plan) => plans.starts[plan + 1] - plans.starts[plan];

/** The sets of a plan, each as the positions of its bodies. */
export function groups(plans, plan) {
  return Array.from(plans.parts.subarray(plans.starts[plan], plans.starts[plan + 1]), (at) => members(plans.sets[at]));
}

/** The plan with just these groups of bodies, bodies in none of them staying apart; -1 where one is not connected. */
export function find(plans, told, given) {
  const joined = given.map((group) => group.reduce((set, body) => set | (1 << body), 0));
  const taken = joined.reduce((all, set) => all | set, 0);
  told.neighbours.forEach((near, body) => taken & (1 << body) || joined.push(1 << body));
  const wanted = joined.map((set) => plans.sets.indexOf(set));
  if (wanted.includes(-1)) return -1;
  wanted.sort((a, b) => lowest(plans.sets[a]) - lowest(plans.sets[b]));
  for (let plan = 0; plan < plans.count; plan += 1) {
    if (left(plans, plan) === wanted.length && wanted.every((at, part) => plans.parts[plans.starts[plan] + part] === at)) return plan;
  }
  return -1;
}
