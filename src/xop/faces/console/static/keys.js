// The keyboard: rows by j and k, pages by two letters, help by "?".
"use strict";

{
  const WAIT = 1200;
  let typed = "";
  let forget = 0;

  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

  // What of a row is put into focus: the first of it that is to be seen, for a link in a closed summary takes no focus.
  const handle = (row) =>
    [row, ...row.querySelectorAll("*")].find((each) => each.matches("a, button, summary, [tabindex]") && each.checkVisibility());

  const rows = () => [...document.querySelectorAll("[data-row]")].filter(handle);

  const step = (by) => {
    const all = rows();
    if (!all.length) return false;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    handle(next).focus();
    return true;
  };

  // A control with data-key is pressed, or put into focus, by that key; a link with data-keys is followed by two letters.
  // One within the row that is looked at goes before those of the page.
  const press = (key) => {
    const row = document.activeElement?.closest("[data-row]");
    const all = [...(row ? row.querySelectorAll("[data-key]") : []), ...document.querySelectorAll("[data-key]")];
    const control = all.find((each) => each.dataset.key === key && !each.disabled);
    if (!control) return false;
    control.matches("button, a, summary, [type='checkbox']") ? control.click() : control.focus();
    return true;
  };

  const follow = (key) => {
    clearTimeout(forget);
    typed = `${typed} ${key}`.trim().split(" ").slice(-2).join(" ");
    forget = setTimeout(() => (typed = ""), WAIT);
    const link = [...document.querySelectorAll("[data-keys]")].find((each) => each.dataset.keys === typed);
    if (!link) return false;
    typed = "";
    location.assign(link.href);
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const done =
      typed !== "" && event.key.length === 1 && follow(event.key) ? true
      : event.key === "j" ? step(1)
      : event.key === "k" ? step(-1)
      : event.key === "?" ? (document.getElementById("shortcuts").showModal(), true)
      : (typed === "" && press(event.key)) || (event.key.length === 1 && follow(event.key));
    if (done) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
}
