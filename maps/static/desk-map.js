/* The desk's map: pan, zoom, layers to switch, the sites on top. No picture comes from anywhere. */
(function (S) {
  "use strict";

  const CLOSEST = 16;
  const MANY = 1500;
  let map = null;
  let drawn = null;

  /* Leaflet's scale writes "km": this one writes Chinese. */
  const Scale = L.Control.Scale.extend({
    _updateMetric(maxMetres) {
      const metres = this._getRoundNum(maxMetres);
      const text = metres < 1000 ? `${metres} ${S.say("metres")}` : `${metres / 1000} ${S.say("kilometres")}`;
      this._updateScale(this._mScale, text, metres / maxMetres);
    },
  });

  /* Draw a review's map, or nothing where there is none. ``choose`` is told the rank of a site. */
  S.drawMap = function (data, choose) {
    if (map) map.remove();
    map = null;
    S.byId("map-box").hidden = !data;
    if (!data) return;
    const count = data.layers.flatMap((layer) => layer.classes).reduce((sum, one) => sum + one.zones.length, 0);
    const canvas = count > MANY;
    map = L.map("map", { attributionControl: false, zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, minZoom: 5, maxZoom: 18, preferCanvas: canvas });
    L.control.zoom({ zoomInTitle: S.say("zoom_in"), zoomOutTitle: S.say("zoom_out") }).addTo(map);
    new Scale({ imperial: false }).addTo(map);
    map.on("mousemove click", (event) => {
      S.byId("pointer").textContent = S.say("pointer", { lon: event.latlng.lng.toFixed(5), lat: event.latlng.lat.toFixed(5) });
    });
    const county = L.geoJSON(data.county, { interactive: false, style: { color: "#5b6b6f", weight: 1.5, dashArray: "6 3", fill: false } }).addTo(map);
    const rows = [row(county, [line("#5b6b6f", "6 3")], S.say("county"))];
    data.layers.forEach((layer, at) => {
      const pane = map.createPane(`layer-${at}`);
      pane.style.zIndex = 410 + at;
      const group = L.layerGroup(layer.classes.map((one) => classOf(one, `layer-${at}`, canvas))).addTo(map);
      rows.push(row(group, layer.classes.map((one) => fill(one, canvas)), layer.title, layer.classes));
    });
    drawn = sitesOf(data, choose);
    rows.unshift(row(drawn.group, [fill({ path: SITE })], S.say("sites")));
    S.byId("map-legend").replaceChildren(...rows);
    S.byId("map-site").onclick = () => fit(data.bounds);
    S.byId("map-county").onclick = () => fit(data.home);
    fit(data.bounds, false);
  };

  /* Show one site, by its rank. */
  S.mapSite = function (rank) {
    const shape = drawn && map && drawn.byRank.get(Number(rank));
    if (!shape) return;
    for (const [one, layer] of drawn.byRank) layer.setStyle({ weight: one === Number(rank) ? 5 : 3 });
    const bounds = shape.getBounds ? shape.getBounds() : L.latLngBounds([shape.getLatLng()]);
    map.fitBounds(bounds, { maxZoom: CLOSEST - 1, padding: [60, 60] });
  };

  const SITE = { color: "#c2185b", weight: 3, fillColor: "#c2185b", fillOpacity: 0.18, opacity: 1 };

  function fit(bounds, animate = true) {
    map.fitBounds(bounds, { maxZoom: CLOSEST - 1, padding: [60, 60], animate });
  }

  /* Text stays text: Leaflet would take a string for HTML. */
  const told = (text) => S.el("span", {}, text);

  function classOf(one, pane, canvas) {
    const path = { ...one.path, ...(canvas && one.pattern ? { fillColor: one.color, fillOpacity: 0.25 } : {}) };
    return L.geoJSON(one.zones.map((zone) => ({ type: "Feature", properties: { name: zone.name }, geometry: zone.shape })), {
      pane,
      style: (feature) => (/Polygon/.test(feature.geometry.type) ? path : { ...path, fill: false }),
      pointToLayer: (feature, at) => L.circleMarker(at, { ...path, pane, radius: 6 }),
      onEachFeature: (feature, layer) => layer.bindTooltip(told(feature.properties.name), { sticky: true }),
    });
  }

  function sitesOf(data, choose) {
    const pane = map.createPane("sites");
    pane.style.zIndex = 600;
    const byRank = new Map();
    const group = L.featureGroup().addTo(map);
    for (const site of data.sites) {
      const text = `${site.rank}　${site.name}　${S.stateLabel(site.state)}`;
      L.geoJSON({ type: "Feature", properties: {}, geometry: site.shape }, {
        pane: "sites", style: SITE,
        pointToLayer: (_, at) => L.circleMarker(at, { ...SITE, pane: "sites", radius: 8 }),
        onEachFeature: (_, layer) => {
          layer.bindTooltip(told(text), { sticky: true });
          layer.on("click", () => choose(site.rank));
          byRank.set(site.rank, layer);
        },
      }).addTo(group);
    }
    return { group, byRank };
  }

  /* ---- the legend ---- */

  function row(layer, swatches, title, classes = []) {
    const box = S.el("input", { type: "checkbox", checked: true, change: () => {
      if (box.checked) layer.addTo(map);
      else layer.remove();
    } });
    const known = classes.length > 1 ? classes : [];
    const none = swatches.length ? null : S.el("span", { class: "small" }, ` ${S.say("none_near")}`);
    return S.el("li", {},
      S.el("label", {}, box, known.length > 1 ? null : swatches, S.el("span", {}, title), none),
      known.length > 1 ? S.el("ul", {}, known.map((one, at) => S.el("li", {}, swatches[at], one.label))) : null);
  }

  function swatch(kind, attributes) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "swatch");
    svg.setAttribute("viewBox", "0 0 26 16");
    svg.setAttribute("aria-hidden", "true");
    const shape = document.createElementNS("http://www.w3.org/2000/svg", kind);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    svg.append(shape);
    return svg;
  }

  const line = (color, dash) => swatch("path", { d: "M1 8h24", fill: "none", stroke: color, "stroke-width": 2, "stroke-dasharray": dash });

  function fill(one, canvas) {
    const path = one.path;
    const flat = canvas && one.pattern;
    return swatch("rect", { x: 1.5, y: 1.5, width: 23, height: 13, fill: flat ? one.color : path.fillColor,
      "fill-opacity": flat ? 0.25 : path.fillOpacity, stroke: path.color, "stroke-width": Math.min(path.weight, 2.5),
      "stroke-dasharray": path.dashArray || "none" });
  }
})(window.Shanhe);
