"use strict";
// Tabs, filters, and the way from a marked value to its record and back.
(() => {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const search = document.getElementById("search");
  const unsure = document.getElementById("unsure");

  function open(table) {
    for (const tab of tabs) {
      const chosen = tab.dataset.table === table;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(`panel-${tab.dataset.table}`).hidden = !chosen;
    }
  }

  function filter() {
    const words = search.value.trim().toLowerCase();
    for (const card of document.querySelectorAll("details")) {
      const fits = !words || card.textContent.toLowerCase().includes(words);
      const shown = fits && (!unsure.checked || card.dataset.sure !== "high");
      card.hidden = !shown;
    }
  }

  function show(id) {
    const card = document.getElementById(id);
    open(id.slice(0, id.lastIndexOf("-")));
    card.hidden = false;
    card.open = true;
    card.scrollIntoView({ block: "start" });
    point(id);
  }

  function point(id) {
    for (const mark of document.querySelectorAll("mark")) {
      mark.classList.toggle("shown", mark.dataset.of.split(" ").includes(id));
    }
  }

  // on paper nothing can be opened
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const card of closed) card.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const card of closed) card.open = false;
  });

  for (const [at, tab] of tabs.entries()) {
    tab.addEventListener("click", () => open(tab.dataset.table));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(at + step + tabs.length) % tabs.length];
      open(next.dataset.table);
      next.focus();
    });
  }
  search.addEventListener("input", filter);
  unsure.addEventListener("change", filter);
  document.querySelector(".document").addEventListener("click", (event) => {
    const mark = event.target.closest("mark");
    if (mark) show(mark.dataset.of.split(" ")[0]);
  });
  document.querySelector(".records").addEventListener("click", (event) => {
    const card = event.target.closest("details");
    if (card && event.target.closest("summary, a")) point(card.id);
  });
  open(tabs.find((tab) => tab.querySelector("span").textContent !== "0")?.dataset.table ?? "projects");
})();
