// The list of decisions keeps its address in step with the row that is open beside it; texts are copied by a press.
"use strict";

{
  document.addEventListener("click", (event) => {
    const row = event.target.closest("a[data-peek]");
    if (row && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      for (const each of document.querySelectorAll("a[data-peek][aria-current]")) each.removeAttribute("aria-current");
      row.setAttribute("aria-current", "true");
      history.replaceState(null, "", row.href);
    }
    const copy = event.target.closest("button[data-copy]");
    if (copy) take(copy);
  });

  const take = async (button) => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
  };

  for (const each of document.querySelectorAll("button[data-copy]")) each.hidden = !navigator.clipboard;
}
