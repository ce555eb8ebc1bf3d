/* The list of a review's sites: search, filters, pages, cards that are made when opened. */
(function (S) {
  "use strict";

  const PAGE = 50;
  const OPEN_ALONE = 8;
  const NOTHING = "—";
  const filter = { text: "", effect: "", kind: "", states: new Set(), page: 0 };
  const parts = new Map();

  const start = () => {
    S.readData();
    S.effects = new Map(S.data.effects.map((effect) => [effect.id, effect]));
    fillSelects();
    addStateButtons();
    S.byId("search").addEventListener("input", (event) => change("text", event.target.value.trim().toLowerCase()));
    S.byId("filter-effect").addEventListener("change", (event) => change("effect", event.target.value));
    S.byId("filter-kind").addEventListener("change", (event) => change("kind", event.target.value));
    S.byId("reset").addEventListener("click", reset);
    S.byId("toggle-all").addEventListener("click", toggleAll);
    window.addEventListener("beforeprint", beforePrint);
    window.addEventListener("hashchange", openHash);
    render();
    if (S.data.sites.length <= OPEN_ALONE) setAll(true);
    openHash();
    document.documentElement.classList.add("ready");
  };

  function fillSelects() {
    const used = new Set(S.data.sites.map((site) => site.effect));
    const effects = S.data.effects.filter((effect) => used.has(effect.id));
    options("filter-effect", [["*", S.say("all_effects")], ...effects.map((e) => [e.id, e.label])]);
    options("filter-kind", [["", S.say("all_kinds")], ...S.data.kinds]);
    filter.effect = "*";
  }

  function options(id, entries) {
    S.byId(id).replaceChildren(...entries.map(([value, text]) => S.el("option", { value }, text)));
  }

  function addStateButtons() {
    for (const state of S.states.values()) {
      const count = S.el("b", {});
      const button = S.el("button", {
        type: "button", class: "state-button", "aria-pressed": "false", "data-state": state.id,
        style: `--state:${state.color};--tint:${state.tint}`,
        click: () => {
          const on = !filter.states.has(state.id);
          if (on) filter.states.add(state.id);
          else filter.states.delete(state.id);
          button.setAttribute("aria-pressed", String(on));
          change("page", 0);
        },
      }, S.symbol(state.shape), state.label, " ", count);
      S.byId("filter-state").append(button);
    }
  }

  function change(key, value) {
    filter[key] = value;
    if (key !== "page") filter.page = 0;
    render();
  }

  function reset() {
    Object.assign(filter, { text: "", effect: "*", kind: "" });
    filter.states.clear();
    S.byId("search").value = "";
    S.byId("filter-effect").value = "*";
    S.byId("filter-kind").value = "";
    for (const button of S.byId("filter-state").children) button.setAttribute("aria-pressed", "false");
    change("page", 0);
  }

  /* A site's state: of all kinds taken together, or of the kind that is chosen. */
  const stateOf = (site) => (filter.kind ? site.kinds[filter.kind] : site.state);

  const matches = (site, states) =>
    filter.text.split(/\s+/).every((word) => site.search.includes(word)) &&
    (filter.effect === "*" || site.effect === filter.effect) &&
    (!filter.kind || site.kinds[filter.kind]) &&
    (!states || !filter.states.size || filter.states.has(stateOf(site)));

  S.listed = () => S.data.sites.filter((site) => matches(site, true));

  function render() {
    const shown = S.listed();
    const pages = Math.max(1, Math.ceil(shown.length / PAGE));
    filter.page = Math.min(filter.page, pages - 1);
    const part = shown.slice(filter.page * PAGE, (filter.page + 1) * PAGE);
    S.byId("list").replaceChildren(...(part.length ? part.map(line)
      : [S.el("p", { class: "none" }, S.say("none_found"))]));
    S.byId("count").textContent = S.say("count", { shown: shown.length, all: S.data.sites.length });
    S.byId("toggle-all").textContent = S.say("open_all");
    const filtered = filter.text || filter.effect !== "*" || filter.kind || filter.states.size;
    S.byId("reset").hidden = !filtered;
    S.byId("printed").textContent = part.length < S.data.sites.length
      ? S.say("printed", { part: part.length, all: S.data.sites.length }) : "";
    countStates();
    pager(pages);
  }

  function countStates() {
    const pool = S.data.sites.filter((site) => matches(site, false));
    for (const button of S.byId("filter-state").children) {
      const count = pool.filter((site) => stateOf(site) === button.dataset.state).length;
      button.querySelector("b").textContent = String(count);
      button.classList.toggle("empty", count === 0);
    }
  }

  function pager(pages) {
    const go = (page) => () => {
      change("page", page);
      S.byId("sites").scrollIntoView();
    };
    const at = filter.page;
    S.byId("pager").replaceChildren(...(pages < 2 ? [] : [
      S.el("button", { type: "button", class: "quiet", disabled: at === 0, click: go(at - 1) }, S.say("previous")),
      S.el("span", {}, S.say("page", { page: at + 1, pages })),
      S.el("button", { type: "button", class: "quiet", disabled: at === pages - 1, click: go(at + 1) }, S.say("next")),
    ]));
  }

  function effectChip(id) {
    const effect = S.effects.get(id);
    const style = `color:${effect.color};background:${effect.tint}`;
    return S.el("span", { class: "chip effect", style },
      effect.shape ? S.symbol(effect.shape) : null, effect.label);
  }

  function line(site) {
    const card = S.el("details", { class: "site", "data-rank": site.rank, toggle: () => fill(card, site) },
      S.el("summary", {},
        S.el("span", { class: "rank" }, String(site.rank)),
        S.el("span", { class: "site-head" },
          S.el("span", { class: "site-name" }, site.name),
          S.el("span", { class: "site-line" }, site.id === site.name ? null : S.el("span", {}, site.id),
            S.el("span", {}, site.activity), ...site.heads.map((text) => S.el("span", { class: "head" }, text)))),
        S.el("span", { class: "chips" }, effectChip(site.effect), S.chip(site.state))));
    return card;
  }

  /* What is known of a site, read from its part of the file when first asked for. */
  function known(site) {
    const at = Math.floor((site.rank - 1) / S.data.part);
    if (!parts.has(at)) parts.set(at, JSON.parse(S.byId(`part-${at}`).textContent));
    return parts.get(at)[(site.rank - 1) % S.data.part];
  }

  function fill(card, site) {
    if (!card.open || card.querySelector(".card")) return;
    const held = known(site);
    const drawing = new DOMParser().parseFromString(held.svg, "image/svg+xml").documentElement;
    card.append(S.el("div", { class: "card" },
      S.el("div", { class: "card-top" },
        S.el("dl", { class: "facts" }, held.facts.map(([name, text]) =>
          [S.el("dt", {}, name), S.el("dd", {}, text)]).flat()),
        S.el("figure", {}, document.importNode(drawing, true))),
      verdicts(held.verdicts),
      ...["kinds", "met", "touched", "near"].map((name) => table(S.data.tables[name], held[name])),
      table(S.data.tables.evidence, held.layers.map((at) => S.data.layers[at]))));
  }

  function verdicts(rows) {
    const [title, , , sure, basis] = S.data.verdicts;
    return S.el("section", { class: "part" }, S.el("h3", {}, title),
      rows.length ? S.el("ol", { class: "verdicts" }, rows.map((row) =>
        S.el("li", { style: `border-color:${S.effects.get(row[0]).color}` },
          S.el("p", { class: "verdict-head" }, effectChip(row[0]), S.el("b", {}, row[1]),
            S.el("span", { class: "small" }, `${sure}：${row[2]}`)),
          row[4] === NOTHING ? null : S.el("p", {}, row[4]),
          S.el("p", { class: "small" }, `${basis}：${row[3]}`))))
        : S.el("p", { class: "none" }, S.data.none));
  }

  function table(made, rows) {
    if (!rows.length) return null;
    const side = (measured) => ({ class: measured ? "number" : null });
    return S.el("section", { class: "part" }, S.el("h3", {}, made.title),
      S.el("div", { class: "table-box" }, S.el("table", { class: "table" },
        S.el("thead", {}, S.el("tr", {}, made.columns.map(([title, measured]) => S.el("th", side(measured), title)))),
        S.el("tbody", {}, rows.map((row) => S.el("tr", {}, row.map((text, at) => {
          const [, measured, unit] = made.columns[at];
          return S.el("td", side(measured), unit === "state" ? S.chip(text) : text);
        })))))));
  }

  const cards = () => [...document.querySelectorAll("details.site")];

  function setAll(open) {
    for (const card of cards()) {
      card.open = open;
      if (open) fill(card, S.data.sites[Number(card.dataset.rank) - 1]);
    }
    S.byId("toggle-all").textContent = S.say(open ? "close_all" : "open_all");
  }

  const toggleAll = () => setAll(!cards().every((card) => card.open));

  function beforePrint() {
    setAll(true);
    for (const other of document.querySelectorAll("details.record")) other.open = true;
  }

  /* An address like review.html#12 opens the site of that rank. */
  function openHash() {
    const rank = Number(location.hash.slice(1));
    if (!S.data.sites[rank - 1]) return;
    reset();
    change("page", Math.floor((rank - 1) / PAGE));
    const card = document.querySelector(`details.site[data-rank="${rank}"]`);
    card.open = true;
    fill(card, S.data.sites[rank - 1]);
    card.scrollIntoView();
  }

  start();
})(window.Shanhe);
