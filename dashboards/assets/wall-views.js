// The views of the wall take turns, and stop at the warnings while a red one is open. Texts that
// have too little room are made smaller, down to what can still be read, before anything is cut.
(function () {
  "use strict";

  const TURN_MS = 20_000;
  const PAUSE_MS = 60_000; // after somebody chose
  const SPOTLIGHT_MS = 8_000;
  const SHRINK = 0.96;
  const wall = { stage: null, exercise: false, calm: true, matters: false };
  const turn = { view: null, at: 0, touchedAt: -Infinity, stopped: false, told: 1, toldAt: 0 };

  window.gridpulse.handlers.wall = (what, value) => (wall[what] = value);

  const names = () => [...document.querySelectorAll("[data-view]")].map((tab) => tab.dataset.view);

  // Where all views stand side by side, nothing has to take turns.
  function isOne() {
    const views = [...document.querySelectorAll(".view")];
    return views.length > 0 && getComputedStyle(document.getElementById("views")).getPropertyValue("--turns").trim() !== "0";
  }

  // A red warning, or any warning at first: the room is about it. In calm, how the city runs.
  function home() {
    return wall.calm ? "course" : "warnings";
  }

  function show(name) {
    turn.view = name;
    turn.at = performance.now();
    for (const tab of document.querySelectorAll("[data-view]")) {
      tab.setAttribute("aria-pressed", String(tab.dataset.view === name));
      document.getElementById("view-" + tab.dataset.view).classList.toggle("is-shown", tab.dataset.view === name);
    }
    fitAll();
  }

  function touched(name) {
    turn.touchedAt = performance.now();
    show(name);
  }

  function tick() {
    const views = document.getElementById("views");
    if (!views || wall.stage === null) return;
    const now = performance.now();
    const isRed = wall.stage === "red";
    const isTouched = now - turn.touchedAt < PAUSE_MS;
    views.dataset.turning = turn.stopped || isTouched ? "paused" : isRed ? "held" : "turning";
    if (!turn.view) show(home());
    else if (isRed && !isTouched && !turn.stopped) {
      if (turn.view !== "warnings") show("warnings");
    } else if (wall.calm && turn.view === "warnings" && !isTouched && !turn.stopped) {
      show(home()); // they are over: an empty list is nothing to look at
    } else if (!isTouched && !turn.stopped && now - turn.at > TURN_MS) {
      const order = names().filter((name) => (name !== "warnings" || !wall.calm) && (name !== "matters" || wall.matters));
      show(order[(order.indexOf(turn.view) + 1) % order.length]);
    }
    spotlight(now);
  }

  // The worst is always told in full, the others one after another.
  function spotlight(now) {
    const items = document.querySelectorAll("#warnings > .warning");
    if (now - turn.toldAt > SPOTLIGHT_MS) {
      turn.toldAt = now;
      turn.told = turn.told + 1 < items.length ? turn.told + 1 : 1;
    }
    const told = turn.told < items.length ? turn.told : 1;
    items.forEach((item, place) => item.classList.toggle("is-told", place === told));
    fitAll();
  }

  // --- room for texts ------------------------------------------------------------------------

  // Letters reach out of narrow lines by some of their size: that is not cut.
  function overflows(element, size) {
    return (
      element.scrollHeight > element.clientHeight + 0.2 * size ||
      element.scrollWidth > element.clientWidth + 1
    );
  }

  const fitted = new WeakMap(); // element → what it was fitted for: measuring is slow

  function fit(element) {
    const box = `${element.clientWidth}x${element.clientHeight} ${document.documentElement.lang}`;
    const content = box + element.innerHTML;
    if (fitted.get(element) === content) return;
    fitted.set(element, content);
    element.style.fontSize = "";
    const root = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const least = 1.27 * root;
    let size = parseFloat(getComputedStyle(element).fontSize);
    while (overflows(element, size) && size * SHRINK >= least) {
      size *= SHRINK;
      element.style.fontSize = size + "px";
    }
  }

  function fitAll() {
    document.querySelectorAll(".fit").forEach((element) => element.clientHeight && fit(element));
  }

  function after() {
    const mark = document.getElementById("exercise");
    if (mark) mark.hidden = !wall.exercise;
    tick();
    fitAll();
  }

  document.addEventListener("click", function (event) {
    const tab = event.target.closest("[data-view]");
    if (tab) touched(tab.dataset.view);
  });
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select")) return;
    const every = names();
    const now = every.indexOf(turn.view);
    if (event.key === "ArrowRight") touched(every[(now + 1) % every.length]);
    else if (event.key === "ArrowLeft") touched(every[(now - 1 + every.length) % every.length]);
    else if (every[Number(event.key) - 1]) touched(every[Number(event.key) - 1]);
    else if (event.key === "p" || event.key === "P") turn.stopped = !turn.stopped;
    else if (event.key === "l" || event.key === "L") document.getElementById("language").click();
    else if (event.key === "f" || event.key === "F") document.documentElement.requestFullscreen().catch(() => undefined);
    else return;
    tick();
  });
  window.addEventListener("resize", fitAll);
  window.setInterval(tick, 500);
  window.gridpulse.after.push(after);
})();
