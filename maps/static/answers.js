/* The questions: a sentence, a table, and what they colour on the map. */
(function (S) {
  "use strict";

  let painted = "";
  let undrawn = 0;

  S.startAnswers = function () {
    const answers = S.data.answers;
    S.byId("answers").replaceChildren(...(answers.length ? answers.map(article)
      : [S.el("p", {}, S.say("answers_none"))]));
    S.byId("widen").addEventListener("click", widen);
  };

  function widen() {
    const wide = document.body.classList.toggle("wide");
    const button = S.byId("widen");
    button.setAttribute("aria-pressed", String(wide));
    button.textContent = S.say(wide ? "narrow" : "wide");
    S.map.invalidateSize({ animate: false });
  }

  function article(answer) {
    const tools = S.el("p", { class: "tools" },
      answer.shows === "table" ? null : showButton(answer),
      S.el("button", { type: "button", click: () => S.downloadTable(answer) }, S.say("download")));
    const notes = answer.notes.length
      ? S.el("ul", { class: "plain small" }, answer.notes.map((note) => S.el("li", {}, note))) : null;
    return S.el("details", { class: "answer", "data-answer": answer.id },
      S.el("summary", {}, S.el("span", { class: "answer-title" }, answer.question || answer.title),
        S.el("span", { class: "answer-sentence" }, answer.sentence)),
      tools, tablePart(answer), notes);
  }

  function showButton(answer) {
    return S.el("button", { type: "button", class: "primary show", "aria-pressed": "false",
      click: () => (painted === answer.id ? S.clearPaint() : S.paint(answer)) },
    S.say("show_on_map"));
  }

  function tablePart(answer) {
    if (!answer.rows.length) return S.el("p", { class: "none" }, S.say("rows_none"));
    const pick = answer.keys.length && answer.shows !== "table" ? (row) => pickRow(answer, row) : null;
    return S.el("div", {}, S.el("p", { class: "small" }, S.say("rows_count", { count: answer.rows.length })),
      S.el("div", { class: "table-box", tabindex: "0", role: "region", "aria-label": answer.title },
        S.sortableTable(answer, pick)));
  }

  function pickRow(answer, row) {
    const key = answer.keys[row];
    if (answer.shows === "projects") {
      S.openProject(key);
      return;
    }
    const shapes = zoneShapes(answer).get(key);
    if (!shapes) return;
    if (painted !== answer.id) S.paint(answer);
    S.fit(L.featureGroup(shapes).getBounds());
  }

  /* zone_id -> the map's own shapes; townships are looked for in township layers alone. */
  function zoneShapes(answer) {
    const found = new Map();
    S.eachFeature((entry, row, shape) => {
      if (answer.shows === "townships" && entry.kind !== "township") return;
      if (row.zone !== null) found.set(row.zone, [...(found.get(row.zone) || []), shape]);
    });
    return found;
  }

  S.clearPaint = function () {
    painted = "";
    S.overlay.clearLayers();
    S.byId("map-legend").hidden = true;
    markButtons();
  };

  function markButtons() {
    for (const part of document.querySelectorAll(".answer")) {
      const button = part.querySelector(".show");
      if (!button) continue;
      const on = part.dataset.answer === painted;
      button.setAttribute("aria-pressed", String(on));
      button.textContent = S.say(on ? "clear_map" : "show_on_map");
    }
  }

  S.paint = function (answer) {
    S.closeCard();
    S.clearPaint();
    painted = answer.id;
    const seen = answer.shows === "projects" ? paintProjects(answer) : paintZones(answer);
    showLegend(answer, seen);
    markButtons();
    if (S.isPhone()) S.expandSheet(false);
    S.goHome(true);
  };

  /* What a row is drawn as: by class of its value, by its state, or simply marked. */
  function lookOf(answer, row, state) {
    const scale = S.data.scale;
    if (answer.classes.length) {
      const at = answer.classes[row];
      return at < 0 ? { rank: -1, color: scale.missing, key: "missing" }
        : { rank: at, color: scale.colors[shade(answer, at)], key: `class-${at}` };
    }
    const known = S.stateOf(answer.values[row]) || S.stateOf(state);
    return known ? { rank: -known.rank, color: known.color, key: known.id }
      : { rank: 0, color: scale.marked, key: "marked" };
  }

  /* Few classes are spread over the whole range of shades. */
  function shade(answer, at) {
    const last = S.data.scale.colors.length - 1;
    const count = answer.ranges.length;
    return count < 2 ? last - 1 : Math.round((at * last) / (count - 1));
  }

  function style(look) {
    return { color: "#3f4a50", weight: 1.2, fillColor: look.color,
      fillOpacity: look.key === "missing" ? 0.6 : 0.72,
      dashArray: look.key === "unchecked" || look.key === "missing" ? "3 3" : null };
  }

  function paintZones(answer) {
    const shapes = zoneShapes(answer);
    const looks = new Map();
    answer.keys.forEach((key, row) => {
      const look = lookOf(answer, row, "");
      if (!looks.has(key) || looks.get(key).rank < look.rank) looks.set(key, look);
    });
    for (const [key, look] of looks) {
      for (const shape of shapes.get(key) || []) {
        const copy = S.draw(shape.toGeoJSON(), style(look), S.overlay, "answer");
        copy.on("click", (event) => {
          L.DomEvent.stopPropagation(event);
          S.popup(event.latlng, rowsCard(answer, key));
        });
      }
    }
    return new Set([...looks.values()].map((look) => look.key));
  }

  function rowsCard(answer, key) {
    const rows = answer.rows.filter((_, at) => answer.keys[at] === key);
    return S.el("div", { class: "feature-card" }, rows.slice(0, 6).map((row) =>
      S.el("dl", { class: "facts" }, answer.columns.flatMap((column, at) => {
        if (column[2] === "id" || row[at] === null) return [];
        const value = typeof row[at] === "number" && column[2] !== "text" ? S.number(row[at]) : row[at];
        return [S.el("dt", {}, column[1]), S.el("dd", {}, column[2] === "state" ? S.chip(value)
          : [value].flat().join("、"))];
      }))));
  }

  /* Projects that share a place are one shape, in the look of the worst of them. */
  function paintProjects(answer) {
    const places = new Map();
    undrawn = 0;
    answer.keys.forEach((key, row) => {
      const project = S.projectOf.get(key);
      if (!project || project.vague) {
        undrawn += 1;
        return;
      }
      const place = places.get(project.locus) || { look: null, projects: [] };
      const look = lookOf(answer, row, project.state);
      if (!place.look || place.look.rank < look.rank) place.look = look;
      if (!place.projects.includes(project)) place.projects.push(project);
      places.set(project.locus, place);
    });
    for (const [locus, place] of [...places].sort((a, b) => extent(b[0]) - extent(a[0]))) {
      const drawn = S.draw(S.data.shapes[locus], { ...style(place.look), color: place.look.color,
        weight: 2.5, fillOpacity: 0.22 }, S.overlay, "answer");
      drawn.on("click", (event) => {
        L.DomEvent.stopPropagation(event);
        S.popup(event.latlng, projectsCard(place.projects));
      });
    }
    return new Set([...places.values()].map((place) => place.look.key));
  }

  /* How far a place reaches, in degrees: wide places are drawn first, under narrow ones. */
  function extent(locus) {
    const box = L.geoJSON(S.data.shapes[locus]).getBounds();
    return box.getNorth() - box.getSouth() + box.getEast() - box.getWest();
  }

  function projectsCard(projects) {
    return S.el("ul", { class: "popup-list" }, projects.map((project) => S.el("li", {},
      S.el("button", { type: "button", class: "link", click: () => S.openProject(project.id) },
        project.name))));
  }

  function showLegend(answer, seen) {
    const rows = legendRows(answer, seen).map(([key, color, text]) => S.el("li", {},
      S.states.has(key) ? S.chip(key)
        : [S.el("span", { class: `legend-box ${key}`, style: `background:${color}` }), text]));
    const box = S.byId("map-legend");
    box.replaceChildren(
      S.el("p", { class: "legend-title" }, answer.title),
      answer.valueTitle && answer.classes.length ? S.el("p", { class: "small" }, answer.valueTitle) : "",
      S.el("ul", {}, rows),
      answer.shows === "projects" && undrawn
        ? S.el("p", { class: "small" }, S.say("legend_undrawn", { count: undrawn })) : "",
      S.el("button", { type: "button", class: "quiet", click: () => S.clearPaint() },
        S.say("clear_map")));
    box.hidden = false;
  }

  function legendRows(answer, seen) {
    const scale = S.data.scale;
    const rows = answer.ranges.map((text, at) => [`class-${at}`, scale.colors[shade(answer, at)], text]);
    rows.push(["missing", scale.missing, S.say("legend_missing")]);
    rows.push(["marked", scale.marked, S.say("legend_listed")]);
    for (const state of S.states.values()) rows.push([state.id, state.color, state.label]);
    return rows.filter(([key]) => seen.has(key) || key.startsWith("class-"));
  }
})(window.Shanhe);
