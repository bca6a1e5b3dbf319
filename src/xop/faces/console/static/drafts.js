// Drafts: what is typed into a form stays in this browser's tab until it is sent, even when the server goes away meanwhile.
"use strict";

{
  const forms = () => document.querySelectorAll("form[data-draft]");
  const place = (form) => `draft:${document.body.dataset.person}:${location.pathname}:${form.id}`;
  // Of hidden fields those are kept that say what the text was made of.
  const own = (each) => (each.type === "hidden" ? "kept" in each.dataset : !["password", "submit"].includes(each.type));
  const kept = (form) => [...form.elements].filter((each) => each.name && own(each));

  const keep = (form) => {
    const values = kept(form).map((each) => [each.name, each.type === "checkbox" || each.type === "radio" ? each.checked : each.value]);
    sessionStorage.setItem(place(form), JSON.stringify(values));
  };

  const bring = (form) => {
    const values = JSON.parse(sessionStorage.getItem(place(form)) || "null");
    const fields = kept(form);
    for (const [number, [name, value]] of (values || []).entries()) {
      const field = fields[number];
      if (field?.name !== name) continue;
      if (typeof value === "boolean") field.checked = value;
      else field.value = value;
    }
  };

  // A form that the server took is gone from the next page or answered by a notice: only then is its draft let go.
  if (document.querySelector(".notice.done")) {
    const sent = sessionStorage.getItem("sent");
    if (sent) sessionStorage.removeItem(sent);
    sessionStorage.removeItem("sent");
  }
  for (const form of forms()) bring(form);
  document.addEventListener("input", (event) => event.target.form?.matches("[data-draft]") && keep(event.target.form));

  document.addEventListener("submit", (event) => {
    sessionStorage.removeItem("sent");
    if (event.target.matches("[data-draft]")) sessionStorage.setItem("sent", place(event.target));
    if (event.target.getAttribute("action")?.endsWith("/sign-out")) sessionStorage.clear();
  });
}
