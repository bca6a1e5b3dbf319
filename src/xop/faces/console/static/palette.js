// The palette: one field that finds pages, customers and decisions, opened by Ctrl K or "/".
"use strict";

{
  const dialog = document.getElementById("palette");
  const field = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const pages = [...list.children];
  let asked = 0;
  let latest = 0;

  const shown = () => [...list.querySelectorAll("[role=option]:not([hidden])")];

  const choose = (option) => {
    for (const each of shown()) each.setAttribute("aria-selected", String(each === option));
    field.setAttribute("aria-activedescendant", option ? option.id : "");
    option?.scrollIntoView({ block: "nearest" });
  };

  const open = (text = "") => {
    field.value = text;
    dialog.showModal();
    narrow();
  };

  const narrow = () => {
    latest += 1;
    const wanted = field.value.trim().toLowerCase();
    for (const page of pages) page.hidden = !page.textContent.toLowerCase().includes(wanted);
    for (const found of list.querySelectorAll("[data-found]")) found.remove();
    if (wanted.length > 1) everywhere(field.value.trim());
    choose(shown()[0]);
    clearTimeout(asked);
    if (wanted.length > 1) asked = setTimeout(() => find(field.value.trim()), 120);
  };

  const find = async (wanted) => {
    const own = latest;
    const answer = await fetch(`/console/find?q=${encodeURIComponent(wanted)}`, { headers: { accept: "application/json" } });
    const all = answer.ok ? await answer.json() : [];
    if (own !== latest) return;
    const last = document.getElementById("found-everywhere");
    for (const [number, each] of all.entries()) {
      const option = document.createElement("li");
      option.id = `found-${number}`;
      option.role = "option";
      option.dataset.href = each.address;
      option.dataset.found = "";
      option.textContent = each.title;
      const kind = document.createElement("small");
      kind.textContent = each.kind;
      option.append(kind);
      list.insertBefore(option, last);
    }
    if (last && last.getAttribute("aria-selected") === "true") choose(shown()[0]);
    if (!list.querySelector("[aria-selected=true]:not([hidden])")) choose(shown()[0]);
  };

  // The last way, which is always there: the page that tells what was looked for, and why in vain.
  const everywhere = (wanted) => {
    const option = document.createElement("li");
    option.id = "found-everywhere";
    option.role = "option";
    option.dataset.href = `/console/search?q=${encodeURIComponent(wanted)}`;
    option.dataset.found = "";
    option.textContent = `${list.dataset.search} ${wanted}`;
    list.append(option);
  };

  const go = (option) => option && location.assign(option.dataset.href);

  field.addEventListener("input", narrow);
  field.addEventListener("keydown", (event) => {
    const all = shown();
    const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(all[Math.min(at + 1, all.length - 1)]);
    else if (event.key === "ArrowUp") choose(all[Math.max(at - 1, 0)]);
    else if (event.key === "Enter") go(all[at]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => go(event.target.closest("[role=option]")));

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    const wanted = (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing);
    if (!wanted || dialog.open) return;
    event.preventDefault();
    open();
  });
}
