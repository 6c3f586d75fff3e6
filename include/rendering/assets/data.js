"use strict";
// The data of the page: datasets by column, and the rows of them that the filters leave.

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const model = read("model");
const world = document.getElementById("world") ? read("world") : null;
const datasets = new Map(
  Object.entries(model.datasets).map(([name, about]) => [name, { ...about, data: read(about.block) }])
);

/** Rows as objects {c0, c1, ...}, of the rows for which every test [column, predicate] holds. */
function rowsOf(name, tests) {
  const { data, rows } = datasets.get(name);
  const left = [];
  for (let at = 0; at < rows; at++) {
    if (!tests.every(([column, holds]) => holds(data[column][at]))) continue;
    const row = {};
    for (let column = 0; column < data.length; column++) row[`c${column}`] = data[column][at];
    left.push(row);
  }
  return left;
}

/** An element with attributes and children; texts become text nodes, so that data is never markup. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}
