/* A sortable table of an answer, and the same table as a file. */
(function (S) {
  "use strict";

  const NUMERIC = new Set(["number", "area", "money"]);
  const LONG = 8;
  const TOO_LONG = 90;
  const RISKY = /^[=+\-@\t\r]/;

  function cellText(value) {
    if (value === null || value === "") return "—";
    if (Array.isArray(value)) return value.length ? value.map(cellText).join("、") : "—";
    if (typeof value === "boolean") return S.say(value ? "yes" : "no");
    return typeof value === "number" ? S.number(value) : String(value).replace(/;/g, "、");
  }

  function cell(value, kind) {
    if (kind === "state" && S.stateOf(value)) return S.el("td", {}, S.chip(value));
    const text = typeof value === "number" && kind === "text" ? String(value) : cellText(value);
    const look = NUMERIC.has(kind) ? "number" : text.length > LONG ? "long" : null;
    return S.el("td", { class: look }, text.length > TOO_LONG
      ? S.el("span", { class: "clamp", title: text }, text) : text);
  }

  /* Nothing sorts last whichever way the rest goes. */
  function compare(kind, sign) {
    return function (a, b) {
      if (a === null || b === null) return (a === null) - (b === null);
      if (kind === "state") return sign * (S.rank(a) - S.rank(b));
      if (typeof a === "number" && typeof b === "number") return sign * (a - b);
      return sign * cellText(a).localeCompare(cellText(b), "zh-CN", { numeric: true });
    };
  }

  function shownColumns(answer) {
    const all = answer.columns.map((column, index) => ({ title: column[1], kind: column[2], index }));
    const plain = all.filter((column) => column.kind !== "id");
    return plain.length ? plain : all;
  }

  /* onPick(row index) is called when a row is chosen by pointer or keyboard. */
  S.sortableTable = function (answer, onPick) {
    const columns = shownColumns(answer);
    const order = answer.rows.map((_, index) => index);
    const body = S.el("tbody");
    const heads = columns.map((column) => headCell(column));
    let sorted = { index: -1, sign: 1 };

    function headCell(column) {
      const sort = () => sortBy(column);
      const button = S.el("button", { type: "button", title: S.say("sort_hint"), click: sort },
        column.title);
      return S.el("th", { scope: "col", class: NUMERIC.has(column.kind) ? "number" : null }, button);
    }

    function sortBy(column) {
      const sign = sorted.index === column.index ? -sorted.sign : 1;
      sorted = { index: column.index, sign };
      const rows = answer.rows;
      order.sort((a, b) => compare(column.kind, sign)(rows[a][column.index], rows[b][column.index])
        || a - b);
      heads.forEach((head, at) => {
        if (columns[at] === column) head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
        else head.removeAttribute("aria-sort");
      });
      fill();
    }

    function row(index) {
      const pick = () => onPick(index);
      const byKey = (event) => { if (event.key === "Enter") pick(); };
      const live = onPick ? { tabindex: "0", class: "live", click: pick, keydown: byKey } : {};
      return S.el("tr", live, columns.map((c) => cell(answer.rows[index][c.index], c.kind)));
    }

    function fill() {
      body.replaceChildren(...order.map(row));
    }

    fill();
    return S.el("table", { class: "table" }, S.el("thead", {}, S.el("tr", {}, heads)), body);
  };

  /* Text that a spreadsheet would run as a formula gets an apostrophe before it. */
  S.csvCell = function (value) {
    if (value === null) return "";
    const words = Array.isArray(value) ? value.map((part) => part ?? "").join("、") : value;
    const text = typeof words === "number" ? String(words)
      : typeof words === "boolean" ? cellText(words) : safe(String(words));
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };

  function safe(text) {
    return RISKY.test(text) ? `'${text}` : text;
  }

  S.csvText = function (answer) {
    const stateText = (value, kind) =>
      kind === "state" && value !== null ? S.stateLabel(value) : value;
    const head = answer.columns.map((column) => S.csvCell(column[1]));
    const rows = answer.rows.map((row) =>
      row.map((value, at) => S.csvCell(stateText(value, answer.columns[at][2]))));
    return "\ufeff" + [head, ...rows].map((row) => row.join(",")).join("\r\n") + "\r\n";
  };

  S.downloadTable = function (answer) {
    const blob = new Blob([S.csvText(answer)], { type: "text/csv;charset=utf-8" });
    const url = URL.createObjectURL(blob);
    const name = `${S.data.area.name}-${answer.title}.csv`.replace(/[\\/:*?"<>|\s]+/g, "_");
    const link = S.el("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
})(window.Shanhe);
