/* The card of one project, with its own address (#project_id). */
(function (S) {
  "use strict";

  S.current = "";

  S.startCard = function () {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && S.current) S.closeCard(true);
      else if (event.key === "Escape") S.map.closePopup();
    });
    window.addEventListener("hashchange", openFromAddress);
    openFromAddress();
  };

  function openFromAddress() {
    let id = "";
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    if (id && id !== S.current && S.projectOf.has(id)) S.openProject(id);
  }

  function setAddress(id) {
    history.replaceState(null, "", id ? `#${encodeURIComponent(id)}` : "#");
  }

  S.openProject = function (id) {
    const project = S.projectOf.get(id);
    if (!project) return;
    S.current = id;
    S.map.closePopup();
    const card = S.byId("card");
    card.replaceChildren(...cardParts(project));
    card.hidden = false;
    card.scrollTop = 0;
    setAddress(id);
    S.markCurrent();
    S.itemOf(id)?.scrollIntoView({ block: "nearest" });
    S.showLocus(project);
    card.querySelector("h2").focus({ preventScroll: true });
  };

  S.closeCard = function (returnFocus) {
    const id = S.current;
    if (!id) return;
    S.current = "";
    S.byId("card").hidden = true;
    S.showLocus(null);
    setAddress("");
    S.markCurrent();
    if (returnFocus) S.itemOf(id)?.focus();
  };

  function cardParts(project) {
    return [bar(project), S.el("div", { class: "card-body" },
      S.el("h2", { tabindex: "-1" }, project.name),
      S.el("p", { class: "card-state" }, S.chip(project.state),
        project.category ? S.el("span", { class: "card-category" }, project.category) : null),
      S.el("p", { class: "card-source" }, project.source),
      locusPart(project), findingsPart(project), factsPart(project))];
  }

  function bar(project) {
    const listed = S.listed().map((other) => other.id);
    const at = listed.indexOf(project.id);
    const go = (step) => () => S.openProject(listed[at + step]);
    const button = (word, step) => S.el("button", { type: "button", class: "quiet",
      disabled: at < 0 || !listed[at + step], click: go(step) }, S.say(word));
    return S.el("div", { class: "card-bar" }, button("previous", -1), button("next", 1),
      S.el("button", { type: "button", class: "quiet card-close", click: () => S.closeCard(true) },
        S.say("close")));
  }

  function locusPart(project) {
    return S.el("section", { class: "card-part card-locus" },
      S.el("h3", {}, S.say("card_locus")),
      S.el("p", { class: "locus-basis" }, S.say("card_locus_basis", { basis: project.basis })),
      project.locusText ? S.el("p", {}, project.locusText) : null);
  }

  function findingsPart(project) {
    const rows = project.findings.map(findingRow);
    return S.el("section", { class: "card-part" }, S.el("h3", {}, S.say("card_findings")),
      rows.length ? S.el("ul", { class: "findings" }, rows)
        : S.el("p", {}, S.say("card_no_findings")));
  }

  function findingRow(finding) {
    const color = S.states.get(finding.state)?.color || "#5f6b70";
    return S.el("li", { style: `border-color:${color}` },
      S.el("p", { class: "finding-head" }, S.el("strong", {}, finding.topic),
        S.chip(finding.state, finding.label)),
      S.el("p", {}, finding.sentence),
      finding.zones.length ? S.el("p", { class: "small" },
        S.say("card_zones", { zones: finding.zones.join("、") })) : null);
  }

  function factsPart(project) {
    const rows = project.facts.flatMap(([label, lines]) => [S.el("dt", {}, label),
      lines.length ? S.el("dd", {}, lines.map((line) => S.el("p", {}, line)))
        : S.el("dd", { class: "missing" }, S.say("not_stated"))]);
    return S.el("section", { class: "card-part" }, S.el("h3", {}, S.say("card_facts")),
      S.el("dl", { class: "facts" }, rows));
  }
})(window.Shanhe);
