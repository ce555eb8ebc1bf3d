/* The print sheet: map with legend first, then the table of the projects listed. */
(function (S) {
  "use strict";

  S.startPrint = function () {
    window.addEventListener("beforeprint", enter);
    window.addEventListener("afterprint", leave);
    const media = window.matchMedia("print");
    media.addEventListener("change", (event) => (event.matches ? enter() : leave()));
    S.renderSheet();
  };

  let before = null;

  function enter() {
    if (before) return;
    before = S.map.getBounds();
    S.renderSheet();
    document.documentElement.classList.add("printing");
    S.map.invalidateSize({ animate: false, pan: false });
    const home = L.latLngBounds(S.data.home);
    S.map.fitBounds(before.contains(home) ? home : before, { animate: false, padding: [8, 8] });
  }

  function leave() {
    if (!before) return;
    document.documentElement.classList.remove("printing");
    S.map.invalidateSize({ animate: false, pan: false });
    S.map.fitBounds(before, { animate: false, padding: [0, 0] });
    before = null;
  }

  S.renderSheet = function () {
    const projects = S.listed();
    const chosen = S.filterText();
    const legend = S.el("div", { class: "sheet-legend" }, S.el("h2", {}, S.say("legend")),
      S.el("ul", {}, S.visibleLegend()));
    const heading = S.el("h2", { class: "sheet-heading" }, S.say("print_projects"), S.el("small", {},
      `${chosen ? S.say("print_filter", { text: chosen }) : S.say("print_all")}　`
      + S.say("count", { shown: projects.length, all: S.data.projects.length })));
    const plans = S.data.plans.map((text) => S.el("p", { class: "small" }, text));
    S.byId("sheet").replaceChildren(legend, heading, ...plans, table(projects));
  };

  function table(projects) {
    const titles = ["number", "name", "place", "investment", "years", "owner", "state", "source"];
    const notice = S.el("tr", {}, S.el("th", { colspan: titles.length, class: "sheet-notice" },
      S.data.area.notice));
    const head = S.el("tr", {}, titles.map((key) => S.el("th", {}, S.say(`print_${key}`))));
    return S.el("table", { class: "table" }, S.el("thead", {}, notice, head),
      S.el("tbody", {}, projects.map(row)));
  }

  function row(project, at) {
    const amount = project.amount === null ? "—" : S.number(project.amount);
    return S.el("tr", {}, S.el("td", { class: "number" }, String(at + 1)),
      S.el("td", {}, project.name), S.el("td", {}, project.place),
      S.el("td", { class: "number" }, amount), S.el("td", {}, project.years),
      S.el("td", {}, project.owner || "—"), S.el("td", {}, S.chip(project.state)),
      S.el("td", {}, project.line));
  }
})(window.Shanhe);
