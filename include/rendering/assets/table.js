"use strict";
// Tables: 25 rows at a time, sorted by the column whose title is clicked.

const PAGE_ROWS = 25;

/** Compares values of a column; those that are missing come last in either direction. */
function compare(left, right, direction) {
  const [no, neither] = [left == null, right == null];
  if (no || neither) return no - neither;
  if (typeof left === "string") return direction * left.localeCompare(right);
  return direction * (left < right ? -1 : left > right ? 1 : 0);
}

/** Draws a table of computed rows; `state` keeps sorting and page between updates. */
function drawTable(box, widget, rows, state) {
  const again = () => drawTable(box, widget, rows, state);
  const sorted = state.by == null ? rows : [...rows].sort((a, b) => compare(a[state.by], b[state.by], state.direction));
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS));
  state.page = Math.min(state.page || 0, pages - 1);
  const head = widget.columns.map((column) => {
    const active = state.by === column.value;
    const order = active ? (state.direction > 0 ? "ascending" : "descending") : "none";
    const click = () => {
      // Numbers are first of interest where they are large.
      state.direction = active ? -state.direction : column.right ? -1 : 1;
      state.by = column.value;
      state.page = 0;
      again();
      [...box.querySelectorAll("th button")][widget.columns.indexOf(column)].focus();
    };
    const mark = active ? (state.direction > 0 ? " ▲" : " ▼") : "";
    const title = element("button", { type: "button", onclick: click }, column.title, element("span", { "aria-hidden": "true" }, mark));
    return element("th", { scope: "col", "aria-sort": order, class: column.right ? "right" : null }, title);
  });
  const body = sorted.slice(state.page * PAGE_ROWS, (state.page + 1) * PAGE_ROWS).map((row) =>
    element("tr", {}, ...widget.columns.map((column) => {
      const text = row[column.text];
      return element("td", { class: column.right ? "right" : null, title: text.length > 24 ? text : null, dir: "auto" }, text);
    }))
  );
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
  const scroll = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": widget.title || "Table" }, table);
  box.replaceChildren(scroll, ...(pages > 1 ? [pager(pages, rows.length, state, again)] : []));
}

function pager(pages, count, state, again) {
  const turn = (label, to, off) =>
    element("button", { type: "button", disabled: off, "aria-label": label, onclick: () => { state.page = to; again(); } }, label === "Previous page" ? "‹" : "›");
  const first = state.page * PAGE_ROWS;
  const shown = `${(first + 1).toLocaleString("en")}–${Math.min(first + PAGE_ROWS, count).toLocaleString("en")} of ${count.toLocaleString("en")}`;
  return element("div", { class: "pager" }, element("span", { "aria-live": "polite" }, shown),
    turn("Previous page", state.page - 1, state.page === 0), turn("Next page", state.page + 1, state.page === pages - 1));
}
