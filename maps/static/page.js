/* Tabs, the sheet on a phone, and the start of the page. */
(function (S) {
  "use strict";

  const tabs = () => [...document.querySelectorAll('[role="tab"]')];

  S.showTab = function (name) {
    for (const tab of tabs()) {
      const on = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      S.byId(tab.getAttribute("aria-controls")).hidden = !on;
    }
  };

  function startTabs() {
    for (const tab of tabs()) {
      tab.addEventListener("click", () => {
        if (S.isPhone()) S.closeCard();
        S.showTab(tab.id.slice("tab-".length));
      });
      tab.addEventListener("keydown", moveTab);
    }
  }

  function moveTab(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const all = tabs();
    const next = all[(all.indexOf(event.target) + step + all.length) % all.length];
    next.click();
    next.focus();
  }

  /* On a phone the sheet covers half of the screen or nearly all of it. */
  S.expandSheet = function (on) {
    document.body.classList.toggle("sheet-up", on);
    const button = S.byId("sheet-toggle");
    button.setAttribute("aria-expanded", String(on));
    button.textContent = S.say(on ? "sheet_smaller" : "sheet_bigger");
    S.map.invalidateSize({ animate: false });
  };

  document.addEventListener("DOMContentLoaded", () => {
    S.readData();
    S.startMap();
    S.startList();
    S.startAnswers();
    S.startLayers();
    startTabs();
    S.byId("sheet-toggle").addEventListener("click", () =>
      S.expandSheet(!document.body.classList.contains("sheet-up")));
    S.startPrint();
    S.startCard();
    window.addEventListener("resize", () => S.map.invalidateSize({ animate: false }));
    document.documentElement.classList.add("ready");
  });
})(window.Shanhe);
