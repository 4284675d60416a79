// The part of the page in which a reader asks: settings in, answer out, and the address as its memory.
import { answer, prepared } from "./weighing.js";
import { fill, fixed, gbp, people, perCent, sayings, sentence } from "./words.js";
import { groups } from "./plans.js";

const at = (name) => document.getElementById(`what-if-${name}`);
const section = document.getElementById("what-if");
const told = JSON.parse(at("data").textContent);
const QUOTED = ["target", "saving", "share", "harvested"], BOUNDS = ["floor", "ceiling"], FIT = told.aims.map((_, place) => `weight-${place}`);
const UNITS = { share: (value) => perCent(value, 1), gbp, people: (value) => (value ? people(value) : "none") };
const SVG = "http://www.w3.org/2000/svg";

let plans, building = 1, announcing;
const listed = () => (plans ??= prepared(told));

const published = {
  ...Object.fromEntries([...QUOTED, ...BOUNDS, "weights", "show"].map((name) => [name, null])),
  merge: told.bodies.map((_, body) => {
    const mine = told.options.find(({ names }) => names.includes(told.own))?.groups.filter((group) => group.length > 1) ?? [];
    return mine.findIndex((group) => group.includes(body)) + 1;
  }),
};
let state = structuredClone(published);

// --- the address ---

const merged = (merge) =>
  Array.from({ length: Math.max(...merge) }, (_, number) => merge.flatMap((mine, body) => (mine === number + 1 ? [body] : [])));
const written = (merge) => merged(merge).filter((group) => group.length).map((group) => group.map((body) => told.bodies[body].code).join("+")).join(",");

function toAddress() {
  const parts = [...QUOTED, ...BOUNDS].filter((name) => state[name] !== null).map((name) => `${name}=${state[name]}`);
  if (state.weights) parts.push(`weights=${state.weights.join("-")}`);
  if (written(state.merge) !== written(published.merge)) parts.push(`merge=${written(state.merge)}`);
  if (state.show) parts.push(`show=${encodeURIComponent(state.show)}`);
  return ["#what-if", ...parts].join("&");
}

/** The settings that an address carries; what is unknown or out of bounds is as published. Null where it carries none. */
function fromAddress(hash) {
  const [place, ...parts] = hash.split("&");
  if (place !== "#what-if" || !parts.length) return null;
  const found = structuredClone(published), given = new Map(parts.map((part) => part.split("=")));
  for (const name of [...QUOTED, ...BOUNDS]) {
    const field = at(name), value = Number.parseFloat(given.get(name));
    if (value >= Number(field.min) && value <= Number(field.max)) found[name] = value;
  }
  const weights = given.get("weights")?.split("-").map(Number) ?? [];
  if (weights.length === FIT.length && weights.every((one) => one >= 0 && one <= 100)) found.weights = weights;
  if (given.has("merge")) {
    const codes = told.bodies.map(({ code }) => code);
    found.merge = codes.map(() => 0);
    given.get("merge").split(",").forEach((group, number) => {
      for (const code of group.split("+")) if (codes.includes(code)) found.merge[codes.indexOf(code)] = number + 1;
    });
  }
  found.show = given.has("show") ? decodeURIComponent(given.get("show")) : null;
  return found;
}

// --- what is shown ---

/** Text in which what stands between ** is strong. */
function bold(node, text) {
  node.replaceChildren(...text.split("**").map((part, place) => {
    if (place % 2 === 0) return part;
    const strong = document.createElement("strong");
    strong.textContent = part;
    return strong;
  }));
}

function element(name, attributes = {}, ...inside) {
  const made = attributes.svg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (key !== "svg") made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function update() {
  const found = answer(told, listed(), { ...state, own: merged(state.merge) }), said = sayings(told, plans, found);
  bold(at("verdict"), said.verdict);
  bold(at("weighed"), said.weighed);
  at("weighed").hidden = !said.weighed;
  bold(at("pinned"), said.weighed || said.verdict);
  section.querySelectorAll(".yours dd").forEach((value, place) => { value.textContent = said.strip[place] ?? "none"; });
  at("thoughts").replaceChildren(...said.thoughts.map((thought) => element("li", {}, thought)));
  const changed = toAddress() !== "#what-if";
  section.classList.toggle("changed", changed);
  at("link").href = toAddress();
  for (const name of QUOTED) setting(name);
  for (const name of BOUNDS) at(name).value = state[name] ?? (told[name] || "");
  weights();
  const rows = offered(found, said), shown = rows.find((row) => row.key === state.show) ?? rows.find((row) => row.preferred) ?? rows[0];
  table(rows, shown, found, said);
  map(shown, said);
  chart(rows, shown, found);
  mergers(found);
  return said;
}

/** The named options, and plans without a name that lead or are first at the reader's weights. */
function offered(found, said) {
  const rows = found.choices.map(({ plan, names }) => {
    const [first, ...others] = said.optionNames({ plan, names });
    return { key: names[0], plan, words: sentence(first) + (others.length ? ` (${others.join("; ")})` : "") };
  });
  for (const plan of new Set([...found.leaders, ...(found.weights ?? [])])) {
    if (!rows.some((row) => row.plan === plan)) rows.push({ key: `plan-${plan}`, plan, words: sentence(said.planName(plan)) });
  }
  const own = found.choices.find(({ names }) => names.includes(told.own))?.plan;
  const begun = state.merge.some(Boolean) ? 0 : null;  // no change, on which the first body of a merger can be seen
  const wanted = own ?? begun ?? found.weights?.[0] ?? found.plan;
  for (const row of rows) row.preferred = row.plan === wanted;
  return rows;
}

function setting(name) {
  const field = at(name), value = state[name] ?? Number(field.dataset.published), words = UNITS[field.dataset.unit](value);
  field.value = value;
  field.setAttribute("aria-valuetext", state[name] === null ? at(`${name}-published`).textContent : words);
  at(`${name}-now`).textContent = state[name] === null ? "" : words;
}

function weights() {
  const given = state.weights ?? FIT.map(() => 50), sum = given.reduce((all, one) => all + one, 0);
  FIT.forEach((name, place) => {
    const words = perCent(sum ? given[place] / sum : 1 / given.length);
    at(name).value = given[place];
    at(name).setAttribute("aria-valuetext", state.weights ? words : at("weights-published").textContent);
    at(`${name}-now`).textContent = state.weights ? words : "";
  });
}

function table(rows, shown, found, said) {
  const body = at("options").tBodies[0], headings = [...at("options").tHead.rows[0].cells].map((cell) => cell.textContent);
  if ([...body.rows].map((row) => row.dataset.key).join() !== rows.map((row) => row.key).join()) {
    const focused = document.activeElement?.id;
    body.replaceChildren(...rows.map(({ key }) => {
      const radio = element("input", { type: "radio", name: "show", value: key, id: `what-if-show-${key}` });
      const heading = element("th", { scope: "row", role: "rowheader" }, element("label", { for: radio.id }, radio, element("span")));
      const cells = headings.slice(1).map((words) => element("td", { role: "cell", "data-heading": words }));
      return element("tr", { role: "row", "data-key": key }, heading, ...cells);
    }));
    if (focused?.startsWith("what-if-show-")) document.getElementById(focused)?.focus();
  }
  rows.forEach((row, place) => {
    const [heading, ...cells] = body.rows[place].cells;
    heading.querySelector("input").checked = row === shown;
    heading.querySelector("span").textContent = row.words;
    body.rows[place].classList.toggle("leads", row.plan === found.plan && found.kind !== "nothing_fits");
    const values = [plans.left(row.plan), said.released(row.plan), said.fit(row.plan), said.moved(row.plan), said.firstShare(row.plan)];
    values.forEach((value, which) => { cells[which].textContent = value; });
  });
}

function map(shown, said) {
  const parts = groups(plans, shown.plan), several = parts.filter((group) => group.length > 1);
  const remaining = plans.left(shown.plan);
  const where = told.bodies.map((_, body) => parts.findIndex((group) => group.includes(body)));
  section.querySelectorAll("[data-body]").forEach((path) => {
    const body = Number(path.dataset.body), number = several.indexOf(parts[where[body]]);
    const alone = state.merge[body] ? "picked" : "stays";
    path.setAttribute("class", `body ${number < 0 ? alone : `merged-${number % 4}`}`);
  });
  section.querySelectorAll("[data-between]").forEach((path) => {
    const [one, other] = path.dataset.between.split(" ").map(Number);
    path.classList.toggle("inside", where[one] === where[other]);
  });
  at("map-title").textContent = `${shown.words}: ${said.count(told.bodies.length)}${several.length ? ` become ${told.numbers[remaining] ?? remaining}` : ""}`;
  at("key").replaceChildren(...several.map((group, number) => {
    const heads = group.reduce((sum, body) => sum + told.bodies[body].people, 0);
    const names = group.map((body) => `${body + 1} ${told.bodies[body].name}`).join(" + ");
    return element("li", {}, element("span", { class: `swatch merged-${number % 4}`, "aria-hidden": "true" }), `${names}: ${people(heads)} people`);
  }));
}

function chart(rows, shown, found) {
  const drawn = at("frontier"), width = 480, height = 280, edge = { left: 70, right: 14, top: 34, bottom: 52 };
  const near = [...found.frontier, ...rows.map((row) => row.plan)], most = (values) => values.reduce((all, one) => Math.max(all, one), 0) || 1;
  const [across, up] = [most(near.map((plan) => plans.moved[plan])), most(near.map((plan) => found.central[plan]))];
  const x = (value) => edge.left + (value / across) * (width - edge.left - edge.right);
  const y = (value) => height - edge.bottom - (value / up) * (height - edge.top - edge.bottom);
  const put = (name, attributes, ...inside) => element(name, { svg: true, ...attributes }, ...inside);
  const made = [];
  for (const value of ticks(across)) {
    made.push(put("text", { x: x(value), y: height - edge.bottom + 20, "text-anchor": "middle" }, short(people(value))));
  }
  for (const value of ticks(up)) {
    made.push(put("line", { class: "grid", x1: edge.left, x2: width - edge.right, y1: y(value), y2: y(value) }));
    made.push(put("text", { x: edge.left - 6, y: y(value) + 4, "text-anchor": "end" }, short(gbp(value))));
  }
  const [upward, sideways] = [2, 4].map((place) => at("options").tHead.rows[0].cells[place].textContent);
  made.push(put("text", { class: "axis", x: 0, y: 16 }, upward));
  made.push(put("text", { class: "axis", x: width - edge.right, y: height - 8, "text-anchor": "end" }, sideways));
  for (const plan of found.frontier) made.push(put("circle", { class: "unbeaten", cx: x(plans.moved[plan]), cy: y(found.central[plan]), r: 3.5 }));
  for (const row of rows) {
    const [cx, cy] = [x(plans.moved[row.plan]), y(found.central[row.plan])];
    made.push(put("path", { class: "option", d: `M${cx} ${cy - 7}l7 7l-7 7l-7 -7z` }, put("title", {}, row.words)));
    if (row === shown) made.push(put("circle", { class: "chosen", cx, cy, r: 12 }));
  }
  drawn.replaceChildren(...made);
  at("frontier-title").textContent = fill(told.sentences.frontier, { some: fixed(found.frontier.length), plans: fixed(plans.count) });
}

const short = (words) => words.replace(" million", "m");

/** Round numbers from nought up to a limit, three to six of them. */
function ticks(limit) {
  const rough = limit / 4, unit = 10 ** Math.floor(Math.log10(rough)), step = unit * [1, 2, 2.5, 5, 10].find((times) => times * unit >= rough);
  return Array.from({ length: Math.floor(limit / step) + 1 }, (_, number) => number * step);
}

function mergers(found) {
  const used = Math.max(1, building, ...state.merge);
  told.bodies.forEach((_, body) => {
    const choice = at(`body-${body}`);
    while (choice.options.length <= used) choice.append(element("option", { value: choice.options.length }, `merger ${choice.options.length}`));
    choice.value = state.merge[body];
  });
  at("building").textContent = `A click on the map puts a body into merger ${building}, or takes it out.`;
  at("apart").textContent = found.apart
    .map((group) => fill(told.sentences.apart, { members: group.map((body) => told.bodies[body].name).join(" + ") }))
    .join(" ");
}

// --- what is asked ---

/** Something was set: the answer follows at once, the address too, and it is said when the reader pauses. */
function set(change) {
  state = { ...state, ...change };
  const said = update();
  history.replaceState(null, "", toAddress());
  clearTimeout(announcing);
  announcing = setTimeout(() => { at("status").textContent = [said.verdict, said.weighed].join(" ").replaceAll("**", ""); }, 600);
}

function join(body, number) {
  set({ merge: state.merge.map((mine, place) => (place === body ? number : mine)), show: null });
}

function begin() {
  for (const name of QUOTED) at(name).addEventListener("input", () => set({ [name]: Number(at(name).value) }));
  for (const name of BOUNDS) {
    at(name).addEventListener("change", () => set({ [name]: at(name).value === "" ? null : Math.max(0, Math.round(Number(at(name).value))) }));
  }
  for (const name of FIT) at(name).addEventListener("input", () => set({ weights: FIT.map((one) => Number(at(one).value)), show: null }));
  told.bodies.forEach((_, body) => {
    at(`body-${body}`).addEventListener("change", (event) => {
      const number = Number(event.target.value);
      building = number || building;
      join(body, number);
    });
  });
  section.querySelectorAll("[data-body]").forEach((path) => {
    path.addEventListener("click", () => join(Number(path.dataset.body), state.merge[path.dataset.body] ? 0 : building));
  });
  at("another").addEventListener("click", () => {
    building = Math.min(Math.floor(told.bodies.length / 2) || 1, Math.max(0, ...state.merge) + 1);
    update();
  });
  at("options").addEventListener("change", (event) => set({ show: event.target.value }));
  at("form").addEventListener("submit", (event) => event.preventDefault());
  at("reset").addEventListener("click", () => {
    building = 1;
    set(structuredClone(published));
  });
  addEventListener("hashchange", () => remember(location.hash));
}

/** Take the settings from an address, if it carries any. */
function remember(hash) {
  const found = fromAddress(hash);
  if (!found) return false;
  state = found;
  building = Math.max(1, ...state.merge);
  update();
  section.scrollIntoView();
  return true;
}

section.hidden = false;
for (const link of document.querySelectorAll(".what-if-link")) link.hidden = false;
begin();
if (!remember(location.hash)) (globalThis.requestIdleCallback ?? setTimeout)(() => update());
