"use strict";
// The page itself: header, tabs, a card for each widget; redraws what a filter, a theme or a tab changes.

const HEADINGS = { "#": "h2", "##": "h2", "###": "h3" };
const drawn = new Map();

/** The little Markdown of text widgets: headings, **bold**, *italic*. */
function textNodes(text) {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const [, marks, rest] = line.match(/^(#{1,3})?\s*(.*)$/);
    const parts = rest.split(/(\*\*[^*]+\*\*|\*[^*]+\*)/).map((part) =>
      part.startsWith("**") ? element("strong", {}, part.slice(2, -2))
        : part.startsWith("*") && part.length > 2 ? element("em", {}, part.slice(1, -1)) : part
    );
    return element(marks ? HEADINGS[marks] : "p", {}, ...parts);
  });
}

/** What stands behind a widget: the dataset's SQL, the widget's own expressions, seconds and rows. */
function queryOf(widget) {
  const about = datasets.get(widget.dataset);
  const fields = widget.fields.map(([name, sql]) => `${name} = ${sql}`).concat(widget.where.map((sql) => `WHERE ${sql}`));
  const facts = `${about.rows.toLocaleString("en")} rows${about.truncated ? " (there were more)" : ""} in ${about.seconds} s`;
  const title = widget.title || widget.name;
  return element("details", { class: "query" },
    element("summary", { "aria-label": `Query behind ${short(title)}`, title: "Query" }, "SQL"),
    element("div", { class: "panel", tabindex: "0" },
      element("h4", {}, `Dataset ${widget.dataset}: ${facts}`), element("pre", {}, about.sql),
      element("h4", {}, "Computed from it"), element("pre", {}, fields.join("\n"))));
}

function card(widget) {
  const [x, y, width, height] = widget.cells || [0, 0, 12, 2];
  const made = element("section", { class: `card ${widget.type}`, "data-widget": widget.name });
  made.style.setProperty("--at", `${x + 1} / span ${width}`);
  made.style.setProperty("--row", `${y + 1} / span ${height}`);
  made.style.setProperty("--tall", height);
  if (widget.type === "text" && !widget.problem) {
    made.append(...textNodes(widget.text));
    return made;
  }
  const head = element("header", {}, element("h3", { title: widget.title }, short(widget.title || "")));
  if (widget.dataset && datasets.has(widget.dataset)) head.append(queryOf(widget));
  if (widget.title || widget.dataset) made.append(head);
  if (widget.description) made.append(element("p", { class: "description" }, widget.description));
  widget.box = element("div", { class: "body" });
  made.append(widget.box);
  if (widget.note) made.append(element("p", { class: "note" }, widget.note));
  if (widget.dataset && datasets.get(widget.dataset)?.truncated)
    made.append(element("p", { class: "note" }, `Of the first ${datasets.get(widget.dataset).rows.toLocaleString("en")} rows; there were more.`));
  if (widget.problem) say(widget, widget.problem, "problem");
  return made;
}

function say(widget, text, kind) {
  drawn.get(widget)?.chart?.end();
  drawn.delete(widget);
  widget.box.replaceChildren(element("p", { class: `state ${kind}`, role: kind === "problem" ? "alert" : null }, text));
}

/** The tests of the filters in force here, for one dataset. */
function testsFor(page, name) {
  return [...model.filters, ...page.widgets].filter((filter) => filter.holds).flatMap((filter) =>
    filter.targets.filter(([dataset]) => dataset === name).map(([, column]) => [column, filter.holds]));
}

async function drawWidget(page, widget) {
  if (widget.problem || !widget.dataset) return;
  const about = datasets.get(widget.dataset);
  if (about.error) return say(widget, about.error, "problem");
  const rows = rowsOf(widget.dataset, testsFor(page, widget.dataset));
  const nothing = about.rows && !rows.length ? "no rows under these filters" : widget.empty;
  if (!rows.length) return say(widget, nothing, "none");
  const state = drawn.get(widget) || {};
  if (!drawn.has(widget)) widget.box.replaceChildren();
  drawn.set(widget, state);
  if (widget.type === "table") {
    const result = await computed(widget.compute, rows);
    if (!result.length) return say(widget, nothing, "none");
    drawTable(widget.box, widget, result, state);
  } else if (widget.type === "counter") {
    const numbers = widget.box.querySelector(".numbers") || widget.box.appendChild(element("div", { class: "numbers" }));
    if (!(await drawCounter(numbers, widget, rows))) return say(widget, nothing, "none");
    if (widget.sparkline) await chartIn(widget, state, widget.sparkline, rows, "spark");
  } else {
    await chartIn(widget, state, widget.chart, rows, "plot");
  }
}

async function chartIn(widget, state, spec, rows, name) {
  if (state.chart) return state.chart.update(rows);
  const box = widget.box.appendChild(element("div", { class: name }));
  state.chart = await drawChart(box, spec, rows, short(`${widget.title} (${widget.type})`));
}

let current = 0;
let wanted = 0;
let busy = Promise.resolve();

/** Draws the page that is shown; one that is overtaken by a later change is left. */
function redraw() {
  const turn = ++wanted;
  document.body.setAttribute("aria-busy", "true");
  busy = busy.then(async () => {
    const page = model.pages[current];
    for (const widget of page.widgets) {
      if (turn !== wanted) return;
      try {
        await drawWidget(page, widget);
      } catch (error) {
        console.error(error);
        say(widget, `This widget cannot be drawn: ${error.message}`, "problem");
      }
    }
    if (turn === wanted) document.body.setAttribute("aria-busy", "false");
  });
}

function filterBox(filter, changed) {
  if (filter.problem) return filter.box ? null : element("div", { class: "filter" }, element("span", {}, filter.title), filter.problem);
  const box = filter.box || element("div", { class: "filter" }, element("span", {}, filter.title));
  drawFilter(box, filter, changed);
  return filter.box ? null : box;
}

function build() {
  const inForce = () => [...model.filters, ...model.pages.flatMap((page) => page.widgets)].filter((filter) => filter.control && !filter.problem);
  const reset = element("button", { type: "button", class: "reset", onclick: () => { inForce().forEach((filter) => filter.reset()); mark(); redraw(); } }, "Reset filters");
  const mark = () => { reset.hidden = !inForce().length; reset.classList.toggle("on", inForce().some((filter) => filter.holds)); };
  const changed = () => { mark(); redraw(); };
  const panels = model.pages.map((page, at) => {
    const panel = element("main", { id: `page-${at}`, class: "grid", role: "tabpanel", "aria-label": page.title, hidden: at > 0 },
      ...page.widgets.map(card));
    page.widgets.filter((widget) => widget.control).forEach((filter) => filterBox(filter, changed));
    return panel;
  });
  const bar = element("div", { class: "filters", role: "group", "aria-label": "Filters" },
    ...model.filters.map((filter) => filterBox(filter, changed)), reset);
  const tabs = model.pages.map((page, at) =>
    element("button", { type: "button", role: "tab", "aria-controls": `page-${at}`, onclick: () => show(at) }, page.title));
  const list = element("div", { class: "tabs", role: "tablist", onkeydown: (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) { show((current + step + tabs.length) % tabs.length); tabs[current].focus(); }
  } }, ...tabs);
  const show = (at) => {
    current = at;
    panels.forEach((panel, other) => { panel.hidden = other !== at; });
    tabs.forEach((tab, other) => { tab.setAttribute("aria-selected", other === at); tab.tabIndex = other === at ? 0 : -1; });
    redraw();
  };
  document.body.append(
    element("header", { class: "top" }, element("h1", { dir: "auto" }, model.title), element("p", {}, `As of ${model.asOf}`)),
    ...(tabs.length > 1 ? [list] : []), bar, ...panels, tip);
  mark();
  show(0);
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest?.("details.query[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    drawn.forEach((state, widget) => { state.chart?.end(); delete state.chart; widget.box.replaceChildren(); });
    redraw();
  });
}

build();
