// The timeline of the wall: from midnight on, over any day of the archive, at any speed. What it
// shows is marked as the past all over the page, and never stands beside anything of the present.
(function () {
  "use strict";

  const STEP_MS = 5 * 60_000;
  const PLAY_EVERY_MS = 1000;
  const SPEEDS = [300, 900, 3600]; // seconds of the day in one second
  const AGAIN_MS = 60_000; // the timeline of today grows
  const LEAVE_MS = 10 * 60_000; // a wall that nobody touches goes back to the present
  const line = { day: null, begins: 0, ends: 0, times: [], at: null, isPlaying: false, asked: 0, touchedAt: 0 };
  const parts = {};
  let zone = "UTC";

  const word = (name) => parts.bar.dataset[name + (document.documentElement.lang === "en" ? "En" : "Zh")];
  const gridpulse = () => window.gridpulse;

  // Local time of the city, as `2010-04-16 15:05:30`.
  function local(ms) {
    const form = { timeZone: zone, dateStyle: "short", timeStyle: "medium" };
    return new Intl.DateTimeFormat("sv-SE", form).format(new Date(ms));
  }

  const minutes = (ms) => local(ms).slice(0, 16);

  function make(tag, name, given) {
    const element = Object.assign(document.createElement(tag), given);
    element.id = "timeline-" + name;
    parts.bar.append(element);
    parts[name] = element;
    return element;
  }

  function build() {
    const bar = document.getElementById("timeline");
    if (!bar || parts.bar) return;
    parts.bar = bar;
    zone = bar.dataset.zone;
    make("button", "play", { type: "button", textContent: "▶" }).onclick = () => play(!line.isPlaying);
    make("input", "scrub", { type: "range", min: 0, max: 1440, step: 5, value: 1440 }).oninput = scrub;
    make("output", "time", {});
    make("select", "speed", {}).onchange = touch;
    for (const speed of SPEEDS) parts.speed.append(new Option("×" + speed, speed));
    make("input", "day", { type: "date" }).onchange = () => parts.day.value && choose(parts.day.value);
    make("button", "present", { type: "button" }).onclick = leave;
    gridpulse().past.behind.push(watch);
    name();
    const asked = new URLSearchParams(window.location.search).get("at");
    if (asked) enter(asked);
    else refresh();
  }

  // Names for those who hear the page, in its language.
  function name() {
    if (!parts.bar) return;
    present();
    for (const [part, key] of [["play", "play"], ["scrub", "scrub"], ["speed", "speed"], ["day", "day"]])
      parts[part].setAttribute("aria-label", word(key));
    parts.present.textContent = word("present");
    parts.present.hidden = !gridpulse().past.isShown;
    parts.play.textContent = line.isPlaying ? "❚❚" : "▶";
  }

  async function ask(address) {
    const answer = await fetch(address, { cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async function times(day) {
    const told = await ask("/moment/times?day=" + day);
    Object.assign(line, { day: told.day, begins: told.begins_ms, ends: told.ends_ms, times: told.times });
    parts.day.min = told.days[0] || "";
    parts.day.max = told.days[told.days.length - 1] || "";
    parts.day.value = told.day;
    parts.bar.classList.toggle("is-empty", !told.times.length);
    draw();
  }

  // Where of the day something is kept, as the ground of the slider.
  function draw() {
    const share = (ms) => (100 * (ms - line.begins)) / (line.ends - line.begins);
    const first = line.times.length ? share(line.times[0]) : 0;
    const last = line.times.length ? share(line.times[line.times.length - 1]) : 0;
    parts.scrub.style.setProperty("--from", first + "%");
    parts.scrub.style.setProperty("--to", last + "%");
    if (gridpulse().past.isShown) parts.time.textContent = minutes(line.at);
    else present();
  }

  // While the present is shown, the slider stands at its clock.
  function present() {
    const now = document.getElementById("now-time");
    const told = /^(\d\d):(\d\d)/.exec(now ? now.textContent.trim() : "");
    if (!told || gridpulse().past.isShown) return;
    parts.scrub.value = Number(told[1]) * 60 + Number(told[2]);
    parts.time.textContent = told[0];
  }

  function refresh() {
    const now = document.getElementById("now-date");
    const day = now ? now.textContent.trim() : "";
    if (!gridpulse().past.isShown && /^\d{4}-\d\d-\d\d$/.test(day)) times(day).catch(() => undefined);
  }

  // --- the past ---------------------------------------------------------------------------------

  function touch() {
    line.touchedAt = performance.now();
  }

  function scrub() {
    touch();
    play(false);
    go(line.begins + parts.scrub.value * 60_000);
  }

  async function choose(day) {
    touch();
    await times(day).catch(failed);
    if (line.times.length) go(line.times[0]);
  }

  function go(ms) {
    line.at = Math.min(Math.max(ms, line.begins), line.ends - 1);
    return enter(local(line.at).replace(" ", "T"));
  }

  // Ask for a moment; of several asked for, only the last is shown.
  async function enter(at) {
    const number = ++line.asked;
    if (!gridpulse().past.isShown) touch();
    try {
      const told = await ask("/moment/" + document.getElementById("page").dataset.channel + "?at=" + encodeURIComponent(at));
      if (number !== line.asked) return;
      line.at = told.asked_ms;
      if (told.day !== line.day) await times(told.day);
      gridpulse().showPast(told.set);
      mark(told.clock_ms === null ? "none" : "shown");
      remember(at);
    } catch (error) {
      if (number === line.asked) failed();
    }
  }

  function failed() {
    play(false);
    if (gridpulse().past.isShown) mark("failed");
    else parts.time.textContent = word("failed");
  }

  function mark(state) {
    const root = document.documentElement;
    root.classList.add("is-history");
    root.dataset.history = state;
    const text = state === "shown" ? minutes(line.at) : minutes(line.at) + " " + word(state);
    document.getElementById("history-mark").textContent = word("mark") + " " + text;
    parts.scrub.value = (line.at - line.begins) / 60_000;
    draw();
    name();
  }

  function remember(at) {
    const address = new URL(window.location.href);
    if (at) address.searchParams.set("at", at);
    else address.searchParams.delete("at");
    window.history.replaceState(null, "", address);
  }

  function leave() {
    play(false);
    line.asked += 1;
    document.documentElement.classList.remove("is-history");
    remember(null);
    gridpulse().showPresent();
    name();
    refresh();
  }

  function play(isPlaying) {
    line.isPlaying = isPlaying;
    if (isPlaying) touch();
    if (isPlaying && line.at === null && line.times.length) line.at = line.times[0] - 1;
    name();
  }

  function onward() {
    if (!parts.bar) return;
    const last = line.times[line.times.length - 1];
    if (line.isPlaying && (last === undefined || line.at >= last)) play(false);
    else if (line.isPlaying) go(Math.min(line.at + parts.speed.value * PLAY_EVERY_MS, last));
    const isLeft = performance.now() - line.touchedAt > LEAVE_MS && !line.isPlaying;
    if (gridpulse().past.isShown && isLeft) leave();
  }

  // A red warning of the present ends the look at the past.
  let stage = null;
  function watch(values) {
    const told = values["wall:stage"];
    if (told === "red" && stage !== null && stage !== "red") leave();
    if (told) stage = told;
  }

  document.addEventListener("keydown", function (event) {
    if (!parts.bar || event.ctrlKey || event.altKey || event.metaKey) return;
    const from = line.at === null ? line.times[line.times.length - 1] : line.at;
    if (event.key === "PageUp" && from !== undefined) (touch(), go(from - STEP_MS));
    else if (event.key === "PageDown" && gridpulse().past.isShown) (touch(), go(from + STEP_MS));
    else if (event.key === "Escape" && gridpulse().past.isShown) leave();
    else return;
    event.preventDefault();
  });
  window.setInterval(onward, PLAY_EVERY_MS);
  window.setInterval(refresh, AGAIN_MS);
  gridpulse().after.push(build, name);
})();
