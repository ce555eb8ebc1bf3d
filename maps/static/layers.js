/* The legend's check boxes. */
(function (S) {
  "use strict";

  S.startLayers = function () {
    const entries = new Map(S.data.layers.map((entry) => [entry.id, entry]));
    for (const row of document.querySelectorAll(".layer")) {
      const entry = entries.get(row.dataset.layer);
      const box = row.querySelector("input");
      box.checked = entry.visible;
      box.addEventListener("change", () => show(entry, box.checked));
    }
  };

  function show(entry, on) {
    entry.visible = on;
    const group = window[entry.group];
    if (on) group.addTo(S.map);
    else group.remove();
    S.renderSheet();
  }

  /* Legend entries of the layers that are on, as copies for the print sheet. */
  S.visibleLegend = function () {
    const rows = [];
    for (const row of document.querySelectorAll(".layer")) {
      if (!row.querySelector("input").checked) continue;
      const copy = row.querySelector(".layer-name").cloneNode(true);
      copy.querySelector("input").remove();
      const classes = row.querySelector(".classes");
      rows.push(S.el("li", {}, ...copy.childNodes, classes ? classes.cloneNode(true) : null));
    }
    return rows;
  };
})(window.Shanhe);
