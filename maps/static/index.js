/* The overview: a click on an area opens its page. */
(function (S) {
  "use strict";

  /* A name stands beside its area, on the side that faces the edge of the map. */
  function label(shape, area) {
    const [[south, west], [north, east]] = area.bounds;
    const middle = (S.data.home[0][1] + S.data.home[1][1]) / 2;
    const left = (west + east) / 2 < middle;
    const at = [(south + north) / 2, left ? west : east];
    const name = S.el("a", { class: left ? "area-label left" : "area-label", href: area.href },
      area.name);
    L.DomEvent.disableClickPropagation(name);
    const icon = L.divIcon({ html: name, className: "badge-holder", iconSize: [0, 0] });
    L.marker(at, { icon, keyboard: false }).addTo(S.map);
    shape.on("click", () => { location.href = area.href; });
    shape.on("mouseover", () => shape.setStyle({ fillOpacity: 0.55 }));
    shape.on("mouseout", () => shape.setStyle({ fillOpacity: 0.28 }));
  }

  document.addEventListener("DOMContentLoaded", () => {
    S.readData();
    S.map = window[S.data.map];
    if (S.data.home) S.map.fitBounds(S.data.home, { padding: [76, 18], animate: false });
    for (const area of S.data.areas) label(window[area.ref], area);
    S.map.scrollWheelZoom.disable();
    S.map.getContainer().setAttribute("aria-label", S.say("index_map"));
    document.documentElement.classList.add("ready");
  });
})(window.Shanhe);
