// What the browser does by itself, so that it works when every server is dead:
// it shows what the server pushes, judges whether that is stale, switches the language, and reloads
// the page at night.
(function () {
  "use strict";

  const JUDGE_EVERY_MS = 250;
  const OFFSETS_KEPT = 60;
  const RELOAD_HOUR = 4;
  const RELOAD_SPREAD_MS = 10 * 60 * 1000;
  const AGAIN_MS = 1000;
  const SILENT_MS = 2000;

  const heard = {
    at: -Infinity, // performance.now() of the last answer of the wall's server
    changedAt: -Infinity, // the same, of the last new snapshot
    snapshot: null,
    writtenMs: null,
    trouble: "connecting",
    program: null,
    offsets: [], // server clock minus browser clock, less the time an answer took
  };

  // --- staleness ---------------------------------------------------------------------------

  function learn(clock) {
    const now = performance.now();
    heard.at = now;
    heard.trouble = clock.trouble;
    heard.offsets.push(clock.server_ms - Date.now());
    if (heard.offsets.length > OFFSETS_KEPT) heard.offsets.shift();
    if (heard.offsets.length && heard.program !== null && heard.program !== clock.program) window.location.reload();
    heard.program = clock.program;
    if (clock.snapshot && clock.snapshot !== heard.snapshot) {
      heard.snapshot = clock.snapshot;
      heard.writtenMs = clock.written_ms;
      heard.changedAt = now;
    }
  }

  // The quickest answer is the nearest to the truth: the time on the way only lowers an offset.
  function serverNow() {
    return Date.now() + (heard.offsets.length ? Math.max(...heard.offsets) : 0);
  }

  // Why the page is stale; null when it is fresh.
  function staleReason(limitMs) {
    const now = performance.now();
    const still = now - heard.changedAt > limitMs;
    const old = heard.writtenMs === null || serverNow() - heard.writtenMs > limitMs;
    if (!still && !old) return null;
    if (heard.at === -Infinity) return "connecting";
    if (now - heard.at > limitMs) return "server";
    if (heard.trouble) return heard.trouble;
    return still ? "quiet" : "clock";
  }

  function spoken(ageMs) {
    const seconds = Math.max(0, Math.round(ageMs / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return parts.map((part) => String(part).padStart(2, "0")).join(":");
  }

  // The tab, too, says that nothing is known yet, or no more.
  function entitle() {
    const root = document.documentElement;
    const page = document.getElementById("page");
    if (!page) return;
    const isStale = heard.writtenMs === null || root.classList.contains("is-stale");
    const language = root.lang === "en" ? "En" : "Zh";
    document.title = page.dataset[(isStale ? "staleTitle" : "title") + language];
  }

  function judge() {
    const page = document.getElementById("page");
    if (!page) return;
    const reason = past.isShown ? null : staleReason(Number(page.dataset.staleAfterMs));
    document.documentElement.classList.toggle("is-stale", reason !== null);
    if (reason !== null) {
      document.documentElement.dataset.staleReason = reason;
      const age = heard.writtenMs === null ? "—" : spoken(serverNow() - heard.writtenMs);
      document.getElementById("stale-age").textContent = age;
    }
    entitle();
  }

  // --- language ----------------------------------------------------------------------------

  function speak(language) {
    document.documentElement.lang = language;
    entitle();
    try {
      window.localStorage.setItem("language", language);
    } catch (error) {
      // A kiosk may forbid storage; the page then starts in the browser's language.
    }
  }

  function firstLanguage() {
    const asked = new URLSearchParams(window.location.search).get("lang");
    if (asked) return asked === "en" ? "en" : "zh-CN";
    try {
      const kept = window.localStorage.getItem("language");
      if (kept) return kept === "en" ? "en" : "zh-CN";
    } catch (error) {
      // A kiosk may forbid storage.
    }
    const known = navigator.languages.find((name) => /^(zh|en)\b/i.test(name));
    return known && /^en/i.test(known) ? "en" : "zh-CN";
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest("#language")) return;
    speak(document.documentElement.lang === "en" ? "zh-CN" : "en");
    if (window.gridpulse) window.gridpulse.after.forEach((act) => act());
  });

  // --- night -------------------------------------------------------------------------------

  function nextReload() {
    const due = new Date();
    due.setHours(RELOAD_HOUR, 0, 0, 0);
    if (due.getTime() <= Date.now()) due.setDate(due.getDate() + 1);
    return due.getTime() + Math.random() * RELOAD_SPREAD_MS;
  }

  // A page that hears no server is kept: a reload would leave nothing on the wall.
  // Somebody who looks at the past is not disturbed.
  function reloadAtNight(dueMs) {
    if (past.isShown) return;
    const answers = performance.now() - heard.at < 2 * JUDGE_EVERY_MS + 1000;
    if (Date.now() > dueMs && answers) window.location.reload();
  }

  // --- what the server pushes ----------------------------------------------------------------

  const waiting = {}; // what came before its place was on the page

  // What somebody has opened stays open. The server has escaped what is in the text.
  function fill(element, text) {
    const open = Array.from(element.querySelectorAll("details"), (each) => each.open);
    element.innerHTML = text;
    element.querySelectorAll("details").forEach((each, at) => (each.open = open[at] || each.open));
  }

  function place(name, value) {
    const colon = name.indexOf(":");
    if (colon > 0) {
      const handler = window.gridpulse.handlers[name.slice(0, colon)];
      if (handler) handler(name.slice(colon + 1), value);
      return Boolean(handler);
    }
    const at = name.lastIndexOf(".");
    const id = name.slice(0, at);
    const [element, property] = [document.getElementById(id), name.slice(at + 1)];
    if (!element) return false;
    if (property === "html") fill(element, value);
    else if (property === "className") element.className = value;
    else if (window.dash_clientside.set_props) window.dash_clientside.set_props(id, { [property]: value });
    else return false;
    return true;
  }

  function show(message) {
    if (past.isShown) {
      learn(message);
      past.behind.forEach((act) => act(message.set));
      return;
    }
    // What was announced before this page came is no news to it.
    if (heard.at === -Infinity) delete message.set["announcer.html"];
    Object.assign(waiting, message.set);
    for (const name of Object.keys(waiting)) if (place(name, waiting[name])) delete waiting[name];
    learn(message);
    judge();
    window.setTimeout(() => window.gridpulse.after.forEach((act) => act()), 0);
  }

  function poll(address) {
    fetch(address + "?once")
      .then((answer) => answer.text())
      .then((text) => show(JSON.parse(text.slice("data: ".length))))
      .catch(() => undefined); // the judgement tells that nothing was heard
  }

  // While the past is shown, what the present pushes changes nothing on the page; the way back asks
  // for all of it anew.
  const past = { isShown: false, behind: [] };
  let stopFollowing = () => undefined;

  function showPast(values) {
    past.isShown = true;
    for (const name of Object.keys(waiting)) delete waiting[name];
    for (const name of Object.keys(values)) place(name, values[name]);
    judge();
    window.setTimeout(() => window.gridpulse.after.forEach((act) => act()), 0);
  }

  function showPresent() {
    if (!past.isShown) return;
    past.isShown = false;
    stopFollowing();
    heard.changedAt = -Infinity; // what stands there is not the present until it has come
    heard.writtenMs = heard.snapshot = null;
    judge();
    follow("/push/" + document.getElementById("page").dataset.channel);
  }

  // A stream that fails, or brings nothing (something on the way may hold it back), is begun anew;
  // meanwhile the page asks by itself.
  function follow(address) {
    const begunAt = performance.now();
    const stream = new EventSource(address);
    stopFollowing = function () {
      window.clearInterval(watch);
      stream.close();
    };
    const again = function () {
      stopFollowing();
      poll(address);
      window.setTimeout(() => follow(address), AGAIN_MS);
    };
    const watch = window.setInterval(function () {
      if (performance.now() - Math.max(heard.at, begunAt) > SILENT_MS) again();
    }, JUDGE_EVERY_MS);
    stream.onmessage = (event) => show(JSON.parse(event.data));
    stream.onerror = again;
  }

  // The page is there once Dash has built it.
  const arriving = window.setInterval(function () {
    const page = document.getElementById("page");
    if (!page) return;
    window.clearInterval(arriving);
    entitle();
    follow("/push/" + page.dataset.channel);
  }, 20);

    // What scripts of single pages add: what they do with values of their own, and after each message.
  window.gridpulse = { handlers: {}, after: [], past, showPast, showPresent };

  const reloadDueMs = nextReload();
  window.setInterval(function () {
    judge();
    reloadAtNight(reloadDueMs);
  }, JUDGE_EVERY_MS);
  speak(firstLanguage());
})();
