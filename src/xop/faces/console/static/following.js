// Following: a window that is looked at has its live parts by a stream. Where others of this browser hold as many as leave it
// a connection to work with, it asks now and then: before HTTP/2 a browser opens six to a server, and lets all else wait.
"use strict";

{
  const STREAMS = 4;
  const PAUSE = 2000;
  const host = document.querySelector("[data-live]");
  const few = "locks" in navigator && performance.getEntriesByType("navigation")[0].nextHopProtocol === "http/1.1";

  const wait = (left, milliseconds) =>
    new Promise((done) => {
      const over = () => (left.removeEventListener("abort", over), done());
      if (left.aborted) return done();
      left.addEventListener("abort", over);
      if (milliseconds) setTimeout(over, milliseconds);
    });

  // Ends once the window is left, or where there is no stream to be had.
  const stream = async (left) => {
    const line = document.createElement("div");
    let connection = null;
    line.setAttribute("hx-sse:connect", host.dataset.live);
    line.setAttribute("hx-swap", "none");
    line.setAttribute("hx-config", '{"sse": {"pauseOnBackground": false}}');
    line.addEventListener("htmx:sse:before:connection", (event) => (connection = event.detail.connection));
    host.append(line);
    const refused = new Promise((done) => ["htmx:error", "htmx:after:request"].forEach((name) => line.addEventListener(name, done)));
    htmx.process(line);
    await Promise.race([wait(left), refused]);
    htmx.trigger(line, "htmx:abort");
    line.remove();
    connection?.abortController.abort();
  };

  // Every stream holds one of a few locks, which the browser gives back when its window closes.
  const streamIfFree = async (left) => {
    for (let number = 0; number < STREAMS && !left.aborted; number++)
      await navigator.locks.request(`xop-stream-${number}`, { ifAvailable: true }, (lock) => lock && stream(left));
  };

  const follow = async (left) => {
    while (!left.aborted) {
      await (few ? streamIfFree(left) : stream(left));
      if (left.aborted) return;
      await htmx.ajax("GET", `${host.dataset.live}&once`, { source: host, swap: "none" });
      await wait(left, PAUSE);
    }
  };

  let leaving = new AbortController();
  const look = () => {
    leaving.abort();
    leaving = new AbortController();
    if (!document.hidden) follow(leaving.signal);
  };

  // Who is signed out, or may not see the page any more, is not left with what it showed.
  const broken = (is, status) => {
    if ([401, 403].includes(status)) location.replace(location.pathname + location.search);
    else document.getElementById("broken").hidden = !is;
  };

  document.addEventListener("htmx:sse:error", (event) => broken(true, event.detail.status));
  document.addEventListener("htmx:sse:after:message", () => broken(false));
  document.addEventListener("htmx:sse:after:connection", (event) => broken(event.detail.connection.status !== 200));
  host.addEventListener("htmx:error", () => broken(true));
  host.addEventListener("htmx:after:request", (event) => broken(!event.detail.ctx.response.raw.ok, event.detail.ctx.response.status));
  document.addEventListener("visibilitychange", look);
  document.addEventListener("DOMContentLoaded", look);
}
