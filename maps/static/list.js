/* The list of projects: search, filters, order. */
(function (S) {
  "use strict";

  const COUNTY_WIDE = "@county";
  const NO_PLACE = "@none";
  const filter = { text: "", township: "", category: "", states: new Set(), sort: "plan" };

  S.startList = function () {
    S.projectOf = new Map(S.data.projects.map((project) => [project.id, project]));
    fillSelects();
    addStateButtons();
    S.byId("search").addEventListener("input", (event) => {
      filter.text = event.target.value.trim().toLowerCase();
      S.renderList();
    });
    onChoice("filter-township", "township");
    onChoice("filter-category", "category");
    onChoice("sort", "sort");
    S.byId("reset").addEventListener("click", resetFilters);
    S.renderList();
  };

  function onChoice(id, key) {
    S.byId(id).addEventListener("change", (event) => {
      filter[key] = event.target.value;
      S.renderList();
    });
  }

  function options(select, entries) {
    select.replaceChildren(...entries.map(([value, text]) => S.el("option", { value }, text)));
  }

  function fillSelects() {
    const used = new Set(S.data.projects.flatMap((project) => project.places));
    const named = S.data.badges.map((badge) => badge.name);
    const rest = [...used].filter((name) => !name.startsWith("@") && !named.includes(name));
    const places = [...new Set([...named, ...rest])].map((name) => [name, name]);
    if (used.has(COUNTY_WIDE)) places.push([COUNTY_WIDE, S.say("whole_county")]);
    if (used.has(NO_PLACE)) places.push([NO_PLACE, S.say("no_place")]);
    options(S.byId("filter-township"), [["", S.say("all_townships")], ...places]);
    const categories = [...new Set(S.data.projects.map((project) => project.category))];
    options(S.byId("filter-category"), [["", S.say("all_categories")],
      ...categories.filter(Boolean).map((name) => [name, name])]);
    options(S.byId("sort"), ["plan", "state", "money"].map((key) => [key, S.say(`sort_${key}`)]));
  }

  function addStateButtons() {
    for (const state of S.states.values()) {
      const count = S.el("b", {});
      const button = S.el("button", {
        type: "button", class: "state-button", "aria-pressed": "false", "data-state": state.id,
        style: `--state:${state.color};--tint:${state.tint}`, click: () => toggle(state.id, button),
      }, S.symbol(state.shape), state.label, count);
      S.byId("filter-state").append(button);
    }
  }

  function toggle(stateId, button) {
    const on = !filter.states.has(stateId);
    if (on) filter.states.add(stateId);
    else filter.states.delete(stateId);
    button.setAttribute("aria-pressed", String(on));
    S.renderList();
  }

  function resetFilters() {
    Object.assign(filter, { text: "", township: "", category: "" });
    filter.states.clear();
    S.byId("search").value = "";
    S.byId("filter-township").value = "";
    S.byId("filter-category").value = "";
    for (const button of S.byId("filter-state").children) button.setAttribute("aria-pressed", "false");
    S.renderList();
  }

  const passes = {
    text: (project) => filter.text.split(/\s+/).every((word) => project.search.includes(word)),
    township: (project) => !filter.township || project.places.includes(filter.township),
    category: (project) => !filter.category || project.category === filter.category,
    state: (project) => !filter.states.size || filter.states.has(project.state),
  };

  function matching(except) {
    const tests = Object.entries(passes).filter(([key]) => key !== except).map(([, test]) => test);
    return S.data.projects.filter((project) => tests.every((test) => test(project)));
  }

  function sorted(projects) {
    const copy = [...projects];
    if (filter.sort === "state") copy.sort((a, b) => S.rank(a.state) - S.rank(b.state));
    if (filter.sort === "money") copy.sort((a, b) => (b.amount ?? -1) - (a.amount ?? -1));
    return copy;
  }

  /* The projects that the list shows, in its order. */
  S.listed = () => sorted(matching(""));

  /* The filters in words, for the print sheet. */
  S.filterText = function () {
    const words = [filter.text, S.byId("filter-township").selectedOptions[0]?.text,
      filter.category, ...[...filter.states].map((id) => S.states.get(id).label)];
    if (!filter.township) words[1] = "";
    return words.filter(Boolean).join("，");
  };

  S.renderList = function () {
    const shown = S.listed();
    S.byId("list").replaceChildren(...(shown.length ? shown.map(item)
      : [S.el("li", { class: "none" }, S.say("none_found"))]));
    S.byId("count").textContent = S.say("count", { shown: shown.length, all: S.data.projects.length });
    S.byId("reset").hidden = !S.filterText();
    countStates();
    S.updateBadges(countPlaces(matching("township")), filter.township);
    S.markCurrent();
  };

  function countStates() {
    const pool = matching("state");
    for (const button of S.byId("filter-state").children) {
      const count = pool.filter((project) => project.state === button.dataset.state).length;
      button.querySelector("b").textContent = String(count);
      button.classList.toggle("empty", count === 0);
    }
  }

  function countPlaces(projects) {
    const counts = new Map();
    for (const name of projects.flatMap((project) => project.places)) {
      counts.set(name, (counts.get(name) || 0) + 1);
    }
    return counts;
  }

  function item(project) {
    const place = S.el("span", { class: project.vague ? "place vague" : "place" }, project.place);
    const button = S.el("button",
      { type: "button", class: "item", "data-id": project.id, click: () => S.openProject(project.id) },
      S.el("span", { class: "item-name" }, project.name),
      S.el("span", { class: "item-line" }, place,
        project.category ? S.el("span", {}, project.category) : null),
      S.el("span", { class: "item-line" }, S.el("span", {}, project.investment),
        S.el("span", {}, project.years), S.chip(project.state)));
    return S.el("li", {}, button);
  }

  /* Mark the project whose card is open. */
  S.markCurrent = function () {
    for (const button of document.querySelectorAll(".item")) {
      const current = button.dataset.id === S.current;
      if (current) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  };

  S.itemOf = (id) => [...document.querySelectorAll(".item")].find((b) => b.dataset.id === id);

  S.filterTownship = function (name) {
    filter.township = filter.township === name ? "" : name;
    S.byId("filter-township").value = filter.township;
    S.closeCard();
    S.showTab("projects");
    S.renderList();
    S.byId("list").scrollTop = 0;
  };
})(window.Shanhe);
