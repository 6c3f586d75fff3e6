"use strict";
// Filters: each holds a predicate over a value, or none, and acts on the columns of the datasets that it names.

const MOST_OPTIONS = 500;
const DAY = 86400000;
const NO_VALUE = "(no value)";

function optionText(value, kind) {
  if (value === null) return NO_VALUE;
  if (kind === "date") return new Date(value).toISOString().slice(0, 10);
  if (kind === "timestamp") return new Date(value).toISOString().slice(0, 16).replace("T", " ");
  return kind === "boolean" ? (value ? "yes" : "no") : short(String(value));
}

/** The distinct values of the filter's columns, sorted. */
function optionsOf(filter) {
  const found = new Set();
  for (const [name, column] of filter.targets) for (const value of datasets.get(name).data[column]) found.add(value);
  return [...found].sort((a, b) => compare(a, b, 1));
}

/** Builds the control; `filter.holds` is set to its predicate (null: all) and `changed` called. */
function drawFilter(box, filter, changed) {
  const set = (holds) => { filter.holds = holds; changed(); };
  const control = { single, multi, range, date }[filter.control](filter, set);
  filter.reset = (quietly) => { control.reset(quietly); filter.holds = control.initial(); };
  filter.reset(true);
  box.append(control.element);
}

function single(filter, set) {
  const options = optionsOf(filter);
  const select = element("select", { "aria-label": filter.title }, element("option", { value: "" }, "All"),
    ...options.slice(0, MOST_OPTIONS).map((value, at) => element("option", { value: at }, optionText(value, filter.kind))));
  const holds = () => { const at = select.value; return at === "" ? null : (value) => value === options[at]; };
  select.addEventListener("change", () => set(holds()));
  const first = filter.default.length ? options.indexOf(filter.default[0]) : -1;
  return { element: select, initial: holds, reset: () => { select.value = first < 0 ? "" : String(first); } };
}

function multi(filter, set) {
  const options = optionsOf(filter);
  const chosen = new Set();
  const summary = element("summary", { "aria-label": filter.title });
  const list = element("div", { class: "options" });
  const search = element("input", { type: "search", placeholder: "Find", "aria-label": `Find in ${filter.title}` });
  const holds = () => { const now = new Set(chosen); return now.size ? (value) => now.has(value) : null; };
  const show = () => {
    const one = chosen.size === 1 ? optionText([...chosen][0], filter.kind) : `${chosen.size} of ${options.length}`;
    summary.textContent = chosen.size ? one : "All";
    const wanted = search.value.toLowerCase();
    const matching = options.filter((value) => optionText(value, filter.kind).toLowerCase().includes(wanted));
    list.replaceChildren(...matching.slice(0, MOST_OPTIONS).map((value) => {
      const check = element("input", { type: "checkbox", checked: chosen.has(value) });
      check.addEventListener("change", () => {
        if (check.checked) chosen.add(value); else chosen.delete(value);
        summary.textContent = chosen.size ? `${chosen.size} of ${options.length}` : "All";
        set(holds());
      });
      return element("label", {}, check, element("span", { dir: "auto" }, optionText(value, filter.kind)));
    }));
    if (matching.length > MOST_OPTIONS) list.append(element("p", {}, `${matching.length - MOST_OPTIONS} more: find by name`));
  };
  search.addEventListener("input", show);
  const details = element("details", { class: "multi" }, summary,
    element("div", { class: "panel" }, options.length > 12 ? search : null, list));
  document.addEventListener("click", (event) => { if (!details.contains(event.target)) details.open = false; });
  details.addEventListener("keydown", (event) => { if (event.key === "Escape") { details.open = false; summary.focus(); } });
  const reset = () => { chosen.clear(); filter.default.forEach((value) => chosen.add(value)); search.value = ""; show(); };
  return { element: details, initial: holds, reset };
}

/** Inclusive days from one to the other; the last day counts to its end. */
function between(from, to) {
  const [low, high] = [from ? Date.parse(from) : -Infinity, to ? Date.parse(to) + DAY : Infinity];
  return from || to ? (value) => value !== null && value >= low && value < high : null;
}

function days(filter) {
  const times = optionsOf(filter).filter((value) => value !== null);
  const day = (value) => (value === undefined ? null : new Date(value).toISOString().slice(0, 10));
  return { min: day(times[0]), max: day(times[times.length - 1]) };
}

function range(filter, set) {
  const limits = days(filter);
  const from = element("input", { type: "date", "aria-label": `${filter.title}: from`, ...limits });
  const to = element("input", { type: "date", "aria-label": `${filter.title}: to`, ...limits });
  const holds = () => between(from.value, to.value);
  for (const end of [from, to]) end.addEventListener("change", () => set(holds()));
  const reset = () => { [from.value, to.value] = filter.defaultRange.map((end) => end || ""); };
  return { element: element("div", { class: "range" }, from, element("span", {}, "to"), to), initial: holds, reset };
}

function date(filter, set) {
  const on = element("input", { type: "date", "aria-label": filter.title, ...days(filter) });
  const holds = () => between(on.value, on.value);
  on.addEventListener("change", () => set(holds()));
  return { element: on, initial: holds, reset: () => { on.value = filter.defaultRange[0] || ""; } };
}
