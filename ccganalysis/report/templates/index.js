"use strict";
document.documentElement.classList.add("scripts");

// Search: every word typed must begin one of the names or codes of the area, its bodies and their councils (`plain` in site.py).
const plain = (text) => text.normalize("NFKD").toLowerCase().replace(/&/g, " and ").replace(/['’.\u0300-\u036f]/g, "").replace(/[^a-z0-9]+/g, " ");
const table = document.getElementById("area-table"), body = table.tBodies[0];
const search = document.getElementById("search"), found = document.getElementById("found");
function filter() {
  const words = plain(search.value).split(" ").filter(Boolean);
  let shown = 0;
  for (const row of body.rows) {
    row.hidden = !words.every((word) => ` ${row.dataset.search}`.includes(` ${word}`));
    shown += !row.hidden;
  }
  found.textContent = words.length ? `${shown} of ${body.rows.length} shown` : "";
}
search.addEventListener("input", filter);
search.form.addEventListener("submit", (event) => event.preventDefault());

// Sort: numbers downwards first, words upwards first; what is not available comes last either way.
const headings = [...table.tHead.rows[0].cells];
headings.forEach((heading, column) => heading.querySelector("button").addEventListener("click", () => {
  const number = heading.classList.contains("number"), was = heading.getAttribute("aria-sort");
  const order = was ? (was === "ascending" ? "descending" : "ascending") : (number ? "descending" : "ascending");
  headings.forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1, value = (row) => row.cells[column].dataset.value;
  const compare = (a, b) => {
    if (value(a) === "" || value(b) === "") return (value(a) === "") - (value(b) === "");
    return sign * (number ? value(a) - value(b) : value(a).localeCompare(value(b)));
  };
  body.append(...[...body.rows].sort(compare));
}));

// Compare two.
const data = JSON.parse(document.getElementById("comparison-data").textContent);
const comparison = document.getElementById("comparison"), sides = ["first", "second"].map((id) => document.getElementById(id));
function element(name, text, attributes) {
  const made = Object.assign(document.createElement(name), attributes);
  made.textContent = text;
  return made;
}
function compare() {
  const [first, second] = sides.map((side) => data.rows[side.value]);
  document.getElementById("comparison-title").textContent = `${first.name} and ${second.name}`;
  const cells = comparison.tHead.rows[0].cells;
  [cells[1].textContent, cells[2].textContent] = [first.name, second.name];
  comparison.tBodies[0].replaceChildren(...data.columns.map((column, n) => {
    const row = document.createElement("tr");
    row.append(
      element("th", column.heading, { scope: "row" }),
      element("td", first.cells[n], { className: column.number ? "number" : "" }),
      element("td", second.cells[n], { className: column.number ? "number" : "" }),
      element("td", column.kind),
    );
    return row;
  }));
}
sides.forEach((side) => side.addEventListener("change", compare));
compare();

// The map says below itself what is under the pointer or has the focus.
const pointed = document.querySelector(".pointed");
for (const shape of document.querySelectorAll(".map [aria-label]")) {
  for (const event of ["pointerenter", "focus"]) {
    shape.addEventListener(event, () => { pointed.textContent = shape.getAttribute("aria-label"); });
  }
}
