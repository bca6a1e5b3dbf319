// Checks in this browser that a decision is in the log: the leaf, the Merkle proof (RFC 6962), the checkpoint's Ed25519
// signature (C2SP tlog-proof, signed-note), and that the log goes on from a checkpoint that was kept; or that alone. Trusts no answer of the server.
"use strict";

{
  const bytes = (text) => new TextEncoder().encode(text);
  const unbase = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  const base = (data) => btoa(String.fromCharCode(...data));
  const hash = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer()));
  const node = (left, right) => hash(Uint8Array.of(1), left, right);
  const same = (one, other) => one.length === other.length && one.every((each, at) => each === other[at]);
  const half = (number) => Math.floor(number / 2);
  const require = (good, why) => {
    if (!good) throw new Error(why);
  };

  const whole = (text) => {
    require(/^(0|[1-9][0-9]{0,14})$/.test(text), "malformed");
    return Number(text);
  };

  const readKey = async (vkey) => {
    const [name, id, ...rest] = vkey.trim().split("+");
    const data = unbase(rest.join("+"));
    const made = (await hash(bytes(`${name}\n`), data)).slice(0, 4);
    require(data[0] === 1 && data.length === 33 && [...made].map((each) => each.toString(16).padStart(2, "0")).join("") === id, "key");
    return { name, id: made, key: await crypto.subtle.importKey("raw", data.slice(1), "Ed25519", false, ["verify"]) };
  };

  // Returns a checkpoint once its log's signature was found to be over this very text.
  const readNote = async (text, key) => {
    const cut = text.lastIndexOf("\n\n");
    const body = text.slice(0, cut + 1);
    const [origin, size, root] = body.split("\n");
    const lines = text.slice(cut + 2).split("\n").filter((line) => line.startsWith(`\u2014 ${key.name} `));
    const signatures = lines.map((line) => unbase(line.split(" ")[2])).filter((data) => same(data.slice(0, 4), key.id));
    require(cut > 0 && origin === key.name && signatures.length > 0, "signature");
    for (const data of signatures) require(await crypto.subtle.verify("Ed25519", key.key, data.slice(4), bytes(body)), "signature");
    return { origin, size: whole(size), root: unbase(root), text };
  };

  const included = async (index, note, leaf, proof) => {
    let [place, last, root] = [index, note.size - 1, await hash(Uint8Array.of(0), bytes(leaf))];
    require(index < note.size, "inclusion");
    for (const sibling of proof) {
      require(last > 0 && sibling.length === 32, "inclusion");
      if (place % 2 || place === last) {
        root = await node(sibling, root);
        while (place && !(place % 2)) [place, last] = [half(place), half(last)];
      } else root = await node(root, sibling);
      [place, last] = [half(place), half(last)];
    }
    require(last === 0 && same(root, note.root), "inclusion");
  };

  const continued = async (older, newer, hashes) => {
    if (older.size === newer.size) return require(hashes.length === 0 && same(older.root, newer.root), "older");
    let [place, last] = [older.size - 1, newer.size - 1];
    while (place % 2) [place, last] = [half(place), half(last)];
    const path = place ? hashes : [older.root, ...hashes];
    let [before, after] = [path[0], path[0]];
    require(path.length > 0, "older");
    for (const sibling of path.slice(1)) {
      require(last > 0, "older");
      if (place % 2 || place === last) {
        [before, after] = [await node(sibling, before), await node(sibling, after)];
        while (place && !(place % 2)) [place, last] = [half(place), half(last)];
      } else after = await node(after, sibling);
      [place, last] = [half(place), half(last)];
    }
    require(last === 0 && same(before, older.root) && same(after, newer.root), "older");
  };

  const ask = async (address) => {
    const answer = await fetch(address, { headers: { accept: "application/json" }, cache: "no-store" });
    return { ok: answer.ok, ...(await answer.json().catch(() => ({}))) };
  };

  const committed = async (bundle, name, leaf) => base(await hash(bytes("xop/commit/v1\0"), unbase(`${bundle.salt}=`), bytes(bundle[name])))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "") === leaf.commit[name];

  // Each step says on the page how it went; the first that fails ends it.
  const steps = async (panel, told) => {
    const [kept, said] = [panel.querySelector("#kept").value.trim(), panel.dataset];
    const found = await ask(said.proof);
    require(found.ok && found.proof, found.code === "decision-not-logged" ? "unlogged" : found.ok || found.code === "proof-pending" ? "pending" : "server");
    const key = await told("key", () => readKey(panel.querySelector("#key").value));
    const cut = found.proof.indexOf("\n\n");
    const [format, ...lines] = found.proof.slice(0, cut).split("\n").filter((line) => !line.startsWith("extra "));
    const note = await told("signature", () => readNote(found.proof.slice(cut + 2), key));
    await told("inclusion", () => {
      require(format === "c2sp.org/tlog-proof@v1" && lines[0].startsWith("index "), "inclusion");
      return included(whole(lines[0].slice(6)), note, found.leaf, lines.slice(1).map(unbase));
    });
    await told("leaf", async () => {
      const leaf = JSON.parse(found.leaf);
      require(leaf.outcome === said.verdict && leaf.code === said.code && leaf.time === said.at, "leaf");
      if (!found.bundle?.entry) return "skipped";
      const decision = JSON.parse(found.bundle.entry).decision;
      require((await committed(found.bundle, "entry", leaf)) && decision.id === said.decision && decision.verdict === said.verdict, "leaf");
      require(!found.bundle.evidence || (await committed(found.bundle, "evidence", leaf)), "leaf");
    });
    await told("older", () => goesOn(said, kept, note, key));
    return note;
  };

  const goesOn = async (said, kept, note, key) => {
    if (!kept) return "skipped";
    const other = await readNote(`${kept}\n`, key);
    const [older, newer] = other.size <= note.size ? [other, note] : [note, other];
    if (older.size === newer.size) return continued(older, newer, []);
    const proof = await ask(`${said.consistency}?older=${older.size}&size=${newer.size}`);
    require(proof.ok, "older");
    return continued(older, newer, proof.hashes.map(unbase));
  };

  // The same for the log itself: its present checkpoint takes the place of a proof.
  const stepsOfLog = async (panel, told) => {
    const [kept, said] = [panel.querySelector("#kept").value.trim(), panel.dataset];
    const found = await ask(said.head);
    require(found.ok && found.checkpoint, found.ok ? "pending" : "server");
    const key = await told("key", () => readKey(panel.querySelector("#key").value));
    const note = await told("signature", () => readNote(found.checkpoint, key));
    await told("older", () => goesOn(said, kept, note, key));
    return note;
  };

  const show = (panel, name, value) => {
    for (const each of panel.querySelectorAll(`[data-${name}]`)) each.hidden = !each.dataset[name].split(" ").includes(value);
  };

  const verify = async (panel) => {
    const told = async (name, step) => {
      const mark = (state) => {
        const line = panel.querySelector(`[data-step=${name}]`);
        line.hidden = false;
        line.className = state;
        for (const each of line.querySelectorAll("[data-state]")) each.hidden = each.dataset.state !== state;
      };
      try {
        const outcome = await step();
        mark(outcome === "skipped" ? "skipped" : "good");
        return outcome;
      } catch (error) {
        if (error.name !== "NotSupportedError") mark("bad");
        throw error;
      }
    };
    for (const each of panel.querySelectorAll("[data-step]")) each.hidden = true;
    show(panel, "result", "");
    if (!globalThis.crypto?.subtle) return show(panel, "result", "insecure");
    try {
      const note = await (panel.dataset.head ? stepsOfLog : steps)(panel, told);
      panel.querySelector("#checkpoint").textContent = note.text;
      // A log is good only against a checkpoint that was kept; without one, no more than a signature was checked.
      const alone = panel.dataset.head && !panel.querySelector("#kept").value.trim();
      show(panel, "result", alone ? "signed" : "good");
    } catch (error) {
      const known = ["unlogged", "pending", "server"].includes(error.message);
      show(panel, "result", error.name === "NotSupportedError" ? "unknown" : known ? error.message : "bad");
    }
  };

  const panel = document.querySelector("[data-verify]");
  const place = panel && `checkpoint:${panel.dataset.origin}`;
  if (panel) {
    panel.querySelector("#kept").value = localStorage.getItem(place) || "";
    for (const each of panel.querySelectorAll("[data-script]")) each.hidden = false;
    panel.querySelector("#verify").addEventListener("click", () => verify(panel));
    panel.querySelector("#keep").addEventListener("click", () => {
      localStorage.setItem(place, panel.querySelector("#checkpoint").textContent.trim());
      panel.querySelector("#kept").value = localStorage.getItem(place);
      panel.querySelector("#kept-told").hidden = false;
    });
  }
}
