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

  // What was opened is seen: beside the list its row stays in sight, and where there is no room beside it, it stands above.
  const peek = document.getElementById("peek");
  const show = () => {
    const row = document.querySelector("a[data-peek][aria-current]")?.closest("tr");
    if (!row || !peek.children.length) return;
    const beside = peek.getBoundingClientRect().left >= row.getBoundingClientRect().right;
    (beside ? row : peek).scrollIntoView({ block: "nearest" });
  };
  if (peek) new MutationObserver(show).observe(peek, { childList: true });

  const take = async (button) => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
  };

  for (const each of document.querySelectorAll("button[data-copy]")) each.hidden = !navigator.clipboard;
}
