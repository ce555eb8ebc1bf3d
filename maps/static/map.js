/* The map: controls, mask, badges, the highlighted place, a click on a feature. */
(function (S) {
  "use strict";

  const CLOSEST = 13;
  const CLOSEST_EXACT = 15;
  const BADGE_ROOM = 86;

  S.startMap = function () {
    S.map = window[S.data.map];
    pane("mask", 407, "none");
    pane("answer", 560, "auto");
    pane("highlight", 580, "none");
    S.overlay = L.featureGroup().addTo(S.map);
    S.highlight = L.featureGroup().addTo(S.map);
    addControls();
    S.goHome(false);
    listenToFeatures();
    addMask();
    addBadges();
  };

  function pane(name, zIndex, pointerEvents) {
    const made = S.map.createPane(name);
    made.style.zIndex = zIndex;
    made.style.pointerEvents = pointerEvents;
  }

  /* Leaflet's scale writes "km": this one writes Chinese. */
  const Scale = L.Control.Scale.extend({
    _updateMetric(maxMetres) {
      const metres = this._getRoundNum(maxMetres);
      const text = metres < 1000 ? `${metres} ${S.say("metres")}`
        : `${metres / 1000} ${S.say("kilometres")}`;
      this._updateScale(this._mScale, text, metres / maxMetres);
    },
  });

  function addControls() {
    const titles = { zoomInTitle: S.say("zoom_in"), zoomOutTitle: S.say("zoom_out") };
    L.control.zoom({ position: "topleft", ...titles }).addTo(S.map);
    new Scale({ imperial: false, position: "bottomleft" }).addTo(S.map);
    S.map.getContainer().setAttribute("aria-label", S.say("map_label"));
    S.map.on("mousemove click", (event) => {
      const at = event.latlng.wrap();
      S.byId("pointer").textContent = S.say("pointer",
        { lon: at.lng.toFixed(5), lat: at.lat.toFixed(5) });
    });
    S.byId("whole-area").addEventListener("click", () => S.goHome(true));
  }

  S.goHome = function (animate) {
    S.fit(L.latLngBounds(S.data.home), { animate, maxZoom: CLOSEST });
  };

  /* Fit bounds into the part of the map that the card leaves free. */
  S.fit = function (bounds, options = {}) {
    const card = S.byId("card");
    const cover = S.isPhone() ? S.byId("map-legend") : card;
    const beside = cover.hidden ? 0 : cover.offsetWidth + 8;
    S.map.fitBounds(bounds, {
      maxZoom: CLOSEST, paddingTopLeft: [24, 24], paddingBottomRight: [24 + beside, 24], ...options,
    });
  };

  function layersOf(entry) {
    return entry.refs.map((ref) => window[ref]);
  }

  S.eachFeature = function (visit) {
    for (const entry of S.data.layers) {
      for (const layer of layersOf(entry)) {
        layer.eachLayer((shape) => visit(entry, entry.rows[shape.feature.properties.i], shape));
      }
    }
  };

  function addMask() {
    const world = [[-85, -180], [-85, 180], [85, 180], [85, -180]];
    const holes = [];
    S.eachFeature((entry, row, shape) => {
      if (entry.kind !== "county" || !shape.getLatLngs) return;
      const rings = shape.getLatLngs();
      for (const part of Array.isArray(rings[0][0]) ? rings : [rings]) holes.push(part[0]);
    });
    if (!holes.length) return;
    L.polygon([world, ...holes], {
      pane: "mask", stroke: false, interactive: false, className: "mask",
      fillColor: "#e9ebe8", fillOpacity: 0.96, smoothFactor: 0,
    }).addTo(S.map);
  }

  function listenToFeatures() {
    S.eachFeature((entry, row, shape) => {
      if (row.name && !["county", "township"].includes(entry.kind)) {
        shape.bindTooltip(() => S.el("span", {}, row.name), { sticky: true, direction: "top" });
      }
      shape.on("click", (event) => {
        L.DomEvent.stopPropagation(event);
        popup(event.latlng || shape.getLatLng(), featureCard(entry, row));
      });
    });
  }

  S.popup = popup;
  function popup(at, content) {
    const close = S.el("button",
      { type: "button", class: "popup-close", "aria-label": S.say("close"),
        click: () => S.map.closePopup() }, "×");
    L.popup({ closeButton: false, maxWidth: 280, className: "feature-popup" })
      .setLatLng(at).setContent(S.el("div", {}, close, content)).openOn(S.map);
  }

  function featureCard(entry, row) {
    const lines = [
      [S.say("feature_class"), row.class], [S.say("feature_level"), row.level], ...row.more,
      [S.say("feature_layer"), entry.title],
      [S.say("basis"), `${entry.basis}，${entry.accuracy}`],
    ].filter((line) => line[1]);
    return S.el("div", { class: "feature-card" },
      S.el("h3", {}, row.name || S.say("feature_unnamed")),
      S.el("dl", { class: "facts" },
        lines.flatMap(([label, text]) => [S.el("dt", {}, label), S.el("dd", {}, text)])));
  }

  function addBadges() {
    S.badges = new Map();
    for (const badge of S.data.badges) {
      const count = S.el("span", { class: "badge-count" });
      const name = S.el("span", { class: "badge-name" }, badge.name);
      const button = S.el("button", { type: "button", class: "badge",
        click: () => S.filterTownship(badge.name) }, count, name);
      L.DomEvent.disableClickPropagation(button);
      const icon = L.divIcon({ html: button, className: "badge-holder", iconSize: [0, 0] });
      L.marker(badge.at, { icon, keyboard: false }).addTo(S.map);
      S.badges.set(badge.name, [...(S.badges.get(badge.name) || []), { button, count }]);
    }
    S.map.on("zoomend", thinBadges);
    thinBadges();
  }

  /* Names of townships are written only where there is room for them. */
  function thinBadges() {
    const [low, high] = S.data.home.map((corner) => S.map.project(corner));
    const room = Math.sqrt(Math.abs((high.x - low.x) * (high.y - low.y)) / S.data.badges.length);
    S.map.getContainer().classList.toggle("far", room < BADGE_ROOM);
    S.map.getContainer().classList.toggle("crowded", room < 2 * BADGE_ROOM);
  }

  /* counts: Map of township name -> number of projects that pass the other filters. */
  S.updateBadges = function (counts, chosen) {
    for (const [name, badges] of S.badges) {
      const count = counts.get(name) || 0;
      for (const badge of badges) {
        badge.count.textContent = String(count);
        badge.button.title = S.say("badge_title", { name, count });
        badge.button.setAttribute("aria-label", badge.button.title);
        badge.button.classList.toggle("empty", count === 0);
        badge.button.classList.toggle("chosen", name === chosen);
      }
    }
  };

  /* Draw a GeoJSON shape into a group; points become circles. */
  S.draw = function (shape, style, group, paneName) {
    return L.geoJSON(shape, {
      pane: paneName,
      style,
      interactive: paneName === "answer",
      pointToLayer: (feature, at) => L.circleMarker(at, { radius: 9, pane: paneName }),
    }).addTo(group);
  };

  S.showLocus = function (project) {
    S.highlight.clearLayers();
    if (!project) return;
    if (project.locus < 0) {
      S.goHome(true);
      return;
    }
    const color = S.states.get(project.state)?.color || "#1f2a30";
    const shape = S.data.shapes[project.locus];
    const halo = { color: "#ffffff", weight: 8, opacity: 0.9, fill: false };
    const exact = project.footprint;
    const line = { color, weight: 4, dashArray: exact ? null : "9 6", fillColor: color,
      fillOpacity: exact ? 0.35 : 0.1, fill: !/Line/.test(shape.type) };
    S.draw(shape, halo, S.highlight, "highlight");
    const drawn = S.draw(shape, line, S.highlight, "highlight");
    S.fit(drawn.getBounds(), { animate: true, maxZoom: exact ? CLOSEST_EXACT : CLOSEST });
  };
})(window.Shanhe);
