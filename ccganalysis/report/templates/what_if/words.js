// Numbers and answers in words: sentences come from the package (`presentation/verdicts.py`), roundings are those of `wording.py`.
import { groups } from "./plans.js";

/** A number with so many decimals, thousands set apart; exact halves go to the even digit, as in Python. */
export function fixed(value, decimals = 0) {
  const amount = Math.abs(value), steps = amount * 10 ** decimals, below = Math.floor(steps);
  const half = Number.isInteger(amount * 2 ** (decimals + 1)) && steps - below === 0.5;
  const text = half ? ((below + (below % 2)) / 10 ** decimals).toFixed(decimals) : amount.toFixed(decimals);
  const [whole, part] = text.split(".");
  return (value < 0 ? "-" : "") + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
}

const thousands = (value) => (value ? `${fixed(value / 1e3)},000` : "0");

export function gbp(value) {
  const [sign, amount] = [value < 0 ? "-" : "", Math.abs(value)];
  if (amount >= 999_500_000) return `${sign}£${fixed(amount / 1e9, 2)} billion`;
  if (amount >= 999_500) return `${sign}£${fixed(amount / 1e6, 1)} million`;
  if (amount >= 1000 || amount === 0) return `${sign}£${thousands(amount)}`;
  return `${sign}£${fixed(amount, 2)}`;
}

export function gbpRange(low, high, range) {
  const first = gbp(low), last = gbp(high), unit = last.split(" ")[1];
  if (first === last) return first;
  return fill(range, { low: unit && first.endsWith(` ${unit}`) ? first.slice(0, -unit.length - 1) : first, high: last });
}

export function people(value) {
  if (value >= 999_500) return `${fixed(value / 1e6, 1)} million`;
  return value >= 10_000 ? thousands(value) : fixed(value);
}

export const perCent = (share, decimals = 0) => `${fixed(share * 100, decimals)}%`;

export const sentence = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

export const fill = (template, values) => template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** What is said of an answer (`weighing.answer`); every sentence has the words of the package. */
export function sayings(told, plans, found) {
  const say = (name, values = {}) => fill(told.sentences[name], values);
  const count = (number) => say(number === 1 ? "left_one" : "left", { number: told.numbers[number] ?? fixed(number) });
  const optionNames = ({ names, plan }) =>
    told.called
      .filter(([name]) => names.includes(name))
      .map(([name, words]) => (name === "one_body" && plans.left(plan) > 1 ? told.furthest : words));
  const merged = (plan) =>
    groups(plans, plan)
      .filter((group) => group.length > 1)
      .map((group) => group.map((body) => told.bodies[body].name).join(" + "));
  const planName = (plan) => {
    const option = found.choices.find((one) => one.plan === plan);
    if (option) return optionNames(option)[0];
    const joined = groups(plans, plan).filter((group) => group.length > 1);
    if (joined.length === 1 && joined[0].length <= told.most_named + 1) return say("joining", { members: merged(plan)[0] });
    return say("another", { left: count(plans.left(plan)) });
  };
  const edges = () => {
    const ends = ["floor", "ceiling"].filter((end) => found[end]).map((end) => say(end, { number: fixed(found[end]) }));
    return ends.length ? say("edges", { ends: ends.join(" and ") }) : "";
  };
  const least = () => {
    const share = Math.min(...found.shares), words = new Set(found.shares.map((one) => perCent(one)));
    if (share > 0.5 && share < 0.505) return say("over_half");
    return say(words.size > 1 ? "at_least" : "share", { share: perCent(share) });
  };
  const until = (opening, values) => {
    if (!found.turn) return say(opening, values);
    const { criterion, weight, plan } = found.turn;
    return say(`${opening}_until`, { aim: told.aims[criterion], weight: perCent(weight), next: planName(plan), ...values });
  };
  const byShape = (plans_) =>
    plans_.map((plan, place) => say("leader_if", { plan: planName(plan), shape: told.shapes[place][1] })).join(", ");
  const alike = (plans_) => new Set(plans_).size === 1;
  const verdict = () => {
    if (found.kind === "nothing_fits") {
      return say("nothing_fits", {
        place: told.place, edges: edges(), widest: fixed(found.widest), narrowest: fixed(found.narrowest),
      });
    }
    const leader = sentence(planName(found.plan));
    if (found.kind === "first") {
      const always = Math.min(...found.shares) > 1 - told.same;
      return until("first", { leader, how_often: say(always ? "always" : "often", { share: least() }) });
    }
    const more = alike(found.leaders) ? until("leads", { leader }) : say("savings_decide", { leaders: byShape(found.leaders) });
    return found.kind === "no_fit" ? say("no_fit", { more }) : more;
  };
  const weighed = () => {
    if (!found.weights) return "";
    const names = found.weights.map(planName);
    if (alike(names)) return say("weighed", { leaders: `**${names[0]}**` });
    return say("weighed_decide", { leaders: byShape(found.weights) });
  };
  const released = (plan) => {
    const ends = found.released(plan);
    return [Math.min(...ends.map(([low]) => low)), Math.max(...ends.map(([, , high]) => high))];
  };
  const fit = (plan) => plans.whole[plan] / told.residents;
  const wholly = (plan) => {
    const [low, high] = [fit(0), fit(plan)].map((share) => perCent(share, share === 0 || share === 1 ? 0 : 1));
    return say(low === high ? "as_now" : "range", { share: low, low, high });
  };
  const moved = (plan) => (plans.moved[plan] ? people(plans.moved[plan]) : say("nobody"));
  const range = (ends) => gbpRange(...ends, told.sentences.range);
  const part = (plan) => {
    const [low, high] = released(plan).map((amount) => perCent(amount / found.asked));
    return say("of_asked", { part: low === high ? low : say("range", { low, high }) });
  };
  return {
    verdict: verdict(),
    weighed: weighed(),
    strip: found.kind === "nothing_fits" ? [] : [gbp(found.asked), range(released(found.plan)), moved(found.plan), wholly(found.plan)],
    thoughts: [
      ...(edges() ? [say("only", { edges: edges() })] : []),
      ...(found.kind !== "nothing_fits" && plans.left(found.plan) < told.bodies.length ? [part(found.plan)] : []),
    ],
    optionNames,
    planName,
    merged,
    moved,
    wholly,
    released: (plan) => range(released(plan)),
    fit: (plan) => perCent(fit(plan), 1),
    firstShare: (plan) => perCent(found.firstShare(plan)),
    count,
  };
}
