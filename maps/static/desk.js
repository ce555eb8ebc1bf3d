/* The desk: sends what is asked, shows what came of it, and what people decided. Text stays text. */
(function (S) {
  "use strict";

  const SITES = 100;
  const REVIEWER = "shanhe-reviewer";
  let chosen = [];
  let current = null;
  let asked = 0;

  const start = () => {
    S.readData();
    S.effects = new Map(S.data.effects.map((effect) => [effect.id, effect]));
    S.verdicts = new Map(S.data.verdicts);
    S.byId("day").value = today();
    S.byId("files").addEventListener("change", (event) => take([...event.target.files]));
    dropping();
    S.byId("ask").addEventListener("submit", (event) => { event.preventDefault(); send(); });
    S.byId("search").addEventListener("submit", (event) => event.preventDefault());
    S.byId("search").addEventListener("input", later(list, 250));
    window.addEventListener("hashchange", openHash);
    list();
    openHash();
    document.documentElement.classList.add("ready");
  };

  const today = () => {
    const now = new Date();
    return new Date(now - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
  };

  function later(call, wait) {
    let timer = 0;
    return () => { clearTimeout(timer); timer = setTimeout(call, wait); };
  }

  const time = (text) => text.slice(0, 16).replace("T", " ");

  /* ---- asking the server ---- */

  async function ask(path, body, type = "application/json") {
    const post = body === undefined ? {} : {
      method: "POST", headers: { "Content-Type": type, "X-Shanhe-Desk": "1" },
      body: type === "application/json" ? JSON.stringify(body) : body,
    };
    let answer, said;
    try {
      answer = await fetch(path, post);
      said = await answer.json();
    } catch {
      throw new Error(S.say("network"));
    }
    if (!answer.ok) throw Object.assign(new Error(said.error || S.say("failed")), { said });
    return said;
  }

  function status(text) { S.byId("status").textContent = text; }

  function problem(text) {
    S.byId("problem").hidden = !text;
    S.byId("problem-text").textContent = text;
    S.byId("problem-hint").hidden = !text.includes("--");
    if (text) { status(""); S.byId("problem").focus(); }
  }

  /* ---- what is to be reviewed ---- */

  function dropping() {
    const box = S.byId("drop");
    const mark = (on) => (event) => { event.preventDefault(); box.classList.toggle("over", on); };
    for (const name of ["dragenter", "dragover"]) document.addEventListener(name, mark(true));
    document.addEventListener("dragleave", mark(false));
    document.addEventListener("drop", (event) => {
      mark(false)(event);
      if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
    });
  }

  function take(files) {
    chosen = files;
    problem("");
    S.byId("chosen").replaceChildren(...files.map((file) => S.el("li", {}, file.name)),
      ...(files.length ? [S.el("li", {}, S.el("button", { type: "button", class: "quiet", click: clear }, S.say("remove")))] : []));
  }

  function clear() {
    S.byId("files").value = "";
    take([]);
    S.byId("files").focus();
  }

  const value = (id) => S.byId(id).value.trim();

  async function send() {
    problem("");
    const button = S.byId("send");
    button.disabled = true;
    try {
      const uploads = [];
      for (const file of chosen) {
        if (file.size > S.data.upload_bytes) throw new Error(S.say("too_large", { name: file.name, limit: S.data.upload_bytes >> 20 }));
        status(S.say("reading", { name: file.name }));
        const name = encodeURIComponent(file.name.slice(-200));
        uploads.push((await ask(`/api/uploads?name=${name}`, file, "application/octet-stream")).id);
      }
      status(S.say("working"));
      const { id } = await ask("/api/reviews", {
        uploads, pasted: S.byId("pasted").value, shape: S.byId("ask").elements.shape.value, name: value("name"),
        day: value("day"), activity: value("activity"), crs: value("crs"),
        accuracy_m: value("accuracy") === "" ? null : Number(value("accuracy")),
      });
      location.hash = `#${id}`;
      await show(id, "", true);
      list();
    } catch (error) {
      problem(error.message);
    } finally {
      button.disabled = false;
    }
  }

  /* ---- a review ---- */

  function openHash() {
    const [, id, rank] = location.hash.match(/^#([0-9a-f]{24})(?:\/(\d+))?$/) || [];
    if (!id) return;
    if (current && current.id === id) look(rank);
    else show(id, rank, true).catch((error) => problem(error.message));
  }

  async function show(id, rank, focus) {
    const review = await ask(`/api/reviews/${id}`);
    current = review;
    S.byId("review-section").hidden = false;
    head(review);
    sites(review, rank);
    S.byId("look").hidden = !review.whole;
    if (review.whole) look(rank);
    S.drawMap(null);
    status(S.say("opened", { source: review.source }));
    if (focus) {
      S.byId("review-title").focus({ preventScroll: true });
      S.byId("review-section").scrollIntoView();
    }
    const map = review.whole ? await ask(`/api/reviews/${id}/map`).catch(() => null) : null;
    if (current !== review) return;
    S.drawMap(map, choose);
    if (rank) S.mapSite(rank);
  }

  /* A site was chosen on the map: its card opens. */
  function choose(rank) {
    const card = S.byId("sites").querySelector(`[data-rank="${rank}"]`);
    if (!card) return;
    card.open = true;
    card.querySelector("summary").focus();
  }

  function look(rank) {
    const frame = S.byId("look");
    const address = `/reviews/${current.id}/look`;
    const place = rank ? `#${rank}` : "";
    if (frame.getAttribute("src") !== address + place) frame.setAttribute("src", address + place);
  }

  function head(review) {
    const other = (key, id) => S.el("a", { href: `#${id}` }, S.say(key));
    const warnings = review.marks.length && !review.later.length
      ? [S.el("div", { class: "warning" }, S.el("b", {}, S.say("marks")),
          S.el("ul", { class: "plain" }, review.marks.map((text) => S.el("li", {}, text))), again(review))]
      : [review.later.length ? S.el("p", { class: "warning" }, S.say("repeated"), " ", other("later", review.later[0]))
        : S.el("p", { class: "small" }, S.say("holds"))];
    S.byId("review-head").replaceChildren(
      S.el("p", {}, S.say("made", { source: review.source, time: time(review.made_at), day: review.decided_on }), " ",
        review.previous ? other("previous", review.previous) : null),
      review.understood ? S.el("p", { class: "understood" }, review.understood) : "",
      review.expires ? S.el("p", { class: "small" }, S.say("expires", { day: review.expires })) : "",
      ...warnings,
      review.whole ? S.el("div", { class: "downloads" }, S.data.forms.map(([form, label]) =>
        S.el("a", { href: `/reviews/${review.id}/review.${form}`, download: `review.${form}`, click: fetchForm }, label)))
        : S.el("p", { class: "warning" }, S.say("lost")));
  }

  /* A report may have to be written first: the button says so, and what goes wrong is shown. */
  async function fetchForm(event) {
    event.preventDefault();
    const link = event.currentTarget;
    status(S.say("form_wait", { form: link.textContent }));
    try {
      const answer = await fetch(link.href);
      if (!answer.ok) throw new Error((await answer.json()).error);
      const saved = S.el("a", { href: URL.createObjectURL(await answer.blob()), download: link.download });
      document.body.append(saved);
      saved.click();
      saved.remove();
      setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
      status("");
    } catch (error) {
      problem(error instanceof TypeError ? S.say("network") : error.message);
    }
  }

  function again(review) {
    const day = S.el("input", { type: "date", value: today() });
    const button = S.el("button", { type: "button", class: "quiet", click: async () => {
      button.disabled = true;
      status(S.say("working"));
      try {
        const { id } = await ask(`/api/reviews/${review.id}/again`, { day: day.value });
        location.hash = `#${id}`;
        await show(id, "", true);
        list();
      } catch (error) {
        problem(error.message);
      } finally {
        button.disabled = false;
      }
    } }, S.say("again"));
    return S.el("div", { class: "again" }, S.el("label", { class: "field" }, S.el("span", {}, S.say("again_day")), day), button);
  }

  function effectChip(id) {
    const effect = S.effects.get(id);
    const style = `color:${effect.color};background:${effect.tint}`;
    return S.el("span", { class: "chip effect", style }, effect.shape ? S.symbol(effect.shape) : null, effect.label);
  }

  function sites(review, rank) {
    const box = S.byId("sites");
    const wanted = Number(rank) || 0;
    const add = (from, count) => {
      const part = review.sites.slice(from, from + count);
      box.append(...part.map((site) => row(site, site.rank === wanted || review.sites.length === 1)));
      const next = from + count;
      if (next >= review.sites.length) return;
      const more = S.el("button", { type: "button", class: "quiet", click: () => { more.remove(); add(next, SITES); } },
        S.say("rows_more", { count: review.sites.length - next }));
      box.append(more);
    };
    box.replaceChildren();
    add(0, Math.max(SITES, wanted));
  }

  const latest = (site) => (site.history.length ? site.history[site.history.length - 1] : null);

  const decision = (one) => (one
    ? S.el("span", { class: "said" }, S.say("decided", { verdict: S.verdicts.get(one.verdict), reviewer: one.reviewer }))
    : S.el("span", { class: "none-yet" }, S.say("undecided")));

  function row(site, open) {
    const card = S.el("details", { class: "site", "data-site": site.site, "data-rank": site.rank, open },
      S.el("summary", {},
        S.el("span", { class: "rank" }, String(site.rank)),
        S.el("span", { class: "site-head" }, S.el("span", { class: "site-name" }, site.name),
          S.el("span", { class: "site-line" }, site.site === site.name ? null : S.el("span", {}, site.site),
            S.el("span", {}, site.activity), decision(latest(site)))),
        S.el("span", { class: "chips" }, effectChip(site.effect), S.chip(site.state))));
    const fill = () => { if (card.open && !card.querySelector(".decide")) card.append(deciding(site, card)); };
    card.addEventListener("toggle", () => { fill(); if (card.open) { look(site.rank); S.mapSite(site.rank); } });
    fill();
    return card;
  }

  function deciding(site, card) {
    const name = `verdict-${site.rank}`;
    const reason = S.el("textarea", { rows: 3, maxlength: S.data.signs.reason, placeholder: S.say("reason_hint") });
    const reviewer = S.el("input", { type: "text", maxlength: S.data.signs.reviewer, autocomplete: "name" });
    reviewer.value = remembered();
    const said = S.el("p", { class: "small", role: "status", "aria-live": "polite" });
    const form = S.el("form", { novalidate: true, submit: (event) => {
      event.preventDefault();
      decide(site, card, { verdict: form.elements[name].value, reason: reason.value, reviewer: reviewer.value }, said);
    } },
      S.el("fieldset", {}, S.el("legend", {}, S.data.words.decision),
        S.data.verdicts.map(([verdict, label]) =>
          S.el("label", {}, S.el("input", { type: "radio", name, value: verdict }), " ", label))),
      field("reason", reason), field("reviewer", reviewer),
      S.el("div", {}, S.el("button", { type: "submit", class: "main" }, S.say("decide"))), said);
    return S.el("div", { class: "decide" }, form, S.el("div", { class: "history" }, S.el("h3", {}, S.say("history")), history(site)));
  }

  const field = (key, input) => S.el("label", { class: "field" }, S.el("span", {}, S.data.words[key]), input);

  const history = (site) => (site.history.length
    ? S.el("ol", {}, site.history.map((one) => S.el("li", {},
        S.el("p", {}, S.el("b", {}, S.verdicts.get(one.verdict)), " ", one.reviewer, " ", S.el("span", { class: "small" }, time(one.made_at))),
        S.el("p", {}, one.reason))))
    : S.el("p", { class: "none-yet" }, S.say("no_history")));

  async function decide(site, card, typed, said) {
    const last = latest(site);
    try {
      if (!S.verdicts.has(typed.verdict)) throw new Error(S.say("choose"));
      const made = await ask(`/api/reviews/${current.id}/decisions`,
        { site: site.site, seen: last ? last.version : 0, ...typed });
      site.history.push(made);
      remember(typed.reviewer);
      renew(site, card, S.say("saved"));
      list();
    } catch (error) {
      if (error.said && error.said.latest) {
        const fresh = await ask(`/api/reviews/${current.id}`);
        site.history = fresh.sites.find((one) => one.site === site.site).history;
        renew(site, card, `${S.say("conflict")} ${error.message}`, typed);
      } else said.replaceChildren(S.el("span", { class: "mark" }, error.message));
    }
  }

  /* The row again with what was decided; what was typed in vain stays. */
  function renew(site, card, text, typed) {
    const fresh = row(site, true);
    card.replaceWith(fresh);
    const form = fresh.querySelector("form");
    form.querySelector("[role=status]").replaceChildren(S.el("span", { class: typed ? "mark" : "said" }, text));
    if (typed) {
      form.querySelector("textarea").value = typed.reason;
      form.querySelector("input[type=text]").value = typed.reviewer;
    }
    form.querySelector("button").focus();
  }

  function remembered() {
    try { return localStorage.getItem(REVIEWER) || ""; } catch { return ""; }
  }

  function remember(name) {
    try { localStorage.setItem(REVIEWER, name.trim()); } catch { /* a browser that keeps nothing */ }
  }

  /* ---- the list ---- */

  async function list() {
    const turn = ++asked;
    const search = new URLSearchParams({
      text: value("find"), state: value("find-state"), effect: S.byId("find-effect").value,
      verdict: value("find-verdict"), after: value("find-after"), before: value("find-before"),
    });
    try {
      const found = await ask(`/api/sites?${search}`);
      if (turn !== asked) return;
      S.byId("count").textContent = found.count > found.rows.length
        ? S.say("rows", { count: found.count, shown: found.rows.length }) : S.say("no_rows", { count: found.count });
      S.byId("rows").replaceChildren(...found.rows.map(listed));
    } catch (error) {
      S.byId("count").textContent = error.message;
    }
  }

  function listed(row) {
    const open = S.el("button", { type: "button", class: "link", click: () => {
      location.hash = `#${row.review}/${row.rank}`;
      if (current && current.id === row.review) show(row.review, row.rank, true).catch((error) => problem(error.message));
    } }, row.name);
    const verdict = row.verdict ? { verdict: row.verdict, reviewer: row.reviewer } : null;
    const stale = row.marks.length && !row.repeated;
    return S.el("tr", {},
      S.el("td", {}, open, S.el("div", { class: "small" }, row.site === row.name ? row.activity : `${row.site}　${row.activity}`)),
      S.el("td", {}, effectChip(row.effect)), S.el("td", {}, S.chip(row.state)),
      S.el("td", {}, decision(verdict), stale ? S.el("div", {}, S.el("span", { class: "mark", title: row.marks.join("；") }, S.say("stale_row"))) : null),
      S.el("td", {}, row.source), S.el("td", {}, time(row.made_at)));
  }

  start();
})(window.Shanhe);
