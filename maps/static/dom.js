/* What every script of the page uses: the data, words, elements built from text. */
window.Shanhe = {};
(function (S) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";

  S.byId = (id) => document.getElementById(id);

  S.readData = function () {
    S.data = JSON.parse(S.byId("page-data").textContent);
    S.states = new Map(S.data.states.map((state, rank) => [state.id, { ...state, rank }]));
  };

  /* A word of the page with its {fields} filled in. */
  S.say = (key, fields = {}) =>
    S.data.words[key].replace(/\{(\w+)\}/g, (whole, name) =>
      name in fields ? String(fields[name]) : whole);

  /* An element: attributes, listeners as functions, then children (text stays text). */
  S.el = function (tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (typeof value === "function") node.addEventListener(name, value);
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return node;
  };

  S.symbol = function (shape) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", "symbol");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `#symbol-${shape}`);
    svg.append(use);
    return svg;
  };

  /* The look of a state; undefined for anything else. */
  S.stateOf = (id) => S.states.get(id);

  S.stateLabel = (id) => S.states.get(id)?.label || String(id);

  /* A state in words, colour and shape. An unknown state is its own word. */
  S.chip = function (stateId, word) {
    const state = S.stateOf(stateId);
    const label = word || S.stateLabel(stateId);
    if (!state) return S.el("span", { class: "chip" }, label);
    const style = `color:${state.color};background:${state.tint}`;
    return S.el("span", { class: `chip chip-${state.id}`, style },
      S.symbol(state.shape), label);
  };

  S.rank = (stateId) => S.stateOf(stateId)?.rank ?? S.states.size;

  S.number = (value) => value.toLocaleString("zh-CN", { maximumFractionDigits: 4 });

  S.isPhone = () => window.matchMedia("(max-width: 760px)").matches;
})(window.Shanhe);
