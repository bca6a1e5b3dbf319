// Passkeys: the device makes or uses one, and its answer is sent by the form it belongs to.
"use strict";

{
  const GOOD_FOR = 14 * 60 * 1000;
  const opened = Date.now();
  const known = typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
  let waiting = new AbortController();

  const send = (form, credential) => {
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  };

  const use = (form, more) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(form.dataset.passkeyUse));
    return navigator.credentials.get({ publicKey, ...more });
  };

  const make = (form) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(form.dataset.passkeyMake));
    return navigator.credentials.create({ publicKey });
  };

  // A browser that knows passkeys of this place offers them in the field for the name.
  const offer = async (form) => {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    try {
      send(form, await use(form, { mediation: "conditional", signal: waiting.signal }));
    } catch {
      // Nobody chose one, or the button was pressed instead.
    }
  };

  const ask = async (form) => {
    if (Date.now() - opened > GOOD_FOR) return location.reload();
    waiting.abort();
    waiting = new AbortController();
    const told = form.querySelector("[data-told]");
    told.hidden = true;
    try {
      send(form, await (form.dataset.passkeyUse ? use(form, {}) : make(form)));
    } catch {
      told.hidden = false;
    }
  };

  if (known) {
    for (const form of document.querySelectorAll("[data-passkey-use], [data-passkey-make]")) {
      form.hidden = false;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        ask(form);
      });
      if (form.dataset.passkeyUse) offer(form);
    }
    for (const none of document.querySelectorAll("[data-passkey-none]")) none.hidden = true;
  }
}
