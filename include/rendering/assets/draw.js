"use strict";
// Draws counters and charts. Vega interprets its expressions instead of making functions of them (`ast`), so that the
// page can forbid scripts that are not its own.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const coloured = (spec) =>
  JSON.parse(JSON.stringify(spec), (_, value) =>
    typeof value === "string" && /^var\(--[\w-]+\)$/.test(value) ? colour(value.slice(4, -1)) : value
  );
const quiet = { ast: true, actions: false, mode: "vega", defaultStyle: false, logLevel: 1 };

/** The rows that transforms make of a dataset's rows. */
async function computed(transforms, rows) {
  const data = [{ name: "source", values: rows }, { name: "rows", source: "source", transform: transforms }];
  const made = await vegaEmbed(element("div"), { data }, { ...quiet, renderer: "none" });
  const result = made.view.data("rows");
  made.finalize();
  return result;
}

/** Draws a chart into a box and returns what updates and ends it. */
async function drawChart(box, spec, rows, label) {
  const whole = coloured(spec);
  for (const table of whole.data) {
    if (table.name === "source") table.values = rows;
    if (world && world[table.name]) table.values = world[table.name];
  }
  const size = () => [Math.max(box.clientWidth, 80), Math.max(box.clientHeight, 40)];
  [whole.width, whole.height] = size();
  const made = await vegaEmbed(box, { ...whole, description: label }, { ...quiet, renderer: "svg", tooltip: showTooltip });
  const sized = new ResizeObserver(() => {
    const [width, height] = size();
    if (width !== made.view.width() || height !== made.view.height()) made.view.width(width).height(height).runAsync();
  });
  sized.observe(box);
  return {
    update: (fresh) => made.view.data("source", fresh).runAsync(),
    end: () => { sized.disconnect(); made.finalize(); box.replaceChildren(); },
  };
}

const tip = element("div", { class: "tip", role: "tooltip", hidden: true });
const short = (text) => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

function showTooltip(_, event, item, value) {
  tip.hidden = value == null || value === "";
  if (tip.hidden) return;
  const lines = typeof value === "object" ? Object.entries(value) : [["", String(value)]];
  tip.replaceChildren(
    ...lines.map(([name, text]) => element("div", {}, element("span", {}, short(name)), element("b", {}, short(String(text)))))
  );
  const room = document.documentElement;
  tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, room.clientWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(8, Math.min(event.clientY + 14, room.clientHeight - tip.offsetHeight - 8))}px`;
}

/** The headline value, and how far it is from its target. */
async function drawCounter(box, widget, rows) {
  const [row] = await computed(widget.compute, rows);
  if (!row) return false;
  const parts = [element("div", { class: "value" }, row[widget.value])];
  if (widget.target) {
    const against = widget.targetLabel ? `${widget.targetLabel} ${row[widget.target]}` : row[widget.target];
    parts.push(element("div", { class: "target" }, row.difference ? element("b", {}, row.difference) : null, against));
  } else if (widget.label && widget.label !== widget.title) {
    parts.push(element("div", { class: "target" }, widget.label));
  }
  box.replaceChildren(...parts);
  return true;
}
