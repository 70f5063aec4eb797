// The sound of the wall: off until somebody turns it on, for red warnings alone, and over as soon as
// each of them is acknowledged.
(function () {
  "use strict";

  const EVERY_MS = 4000;
  const TONES = [880, 660]; // Hz, one after the other
  const TONE_S = 0.25;
  const KEY = "sound";
  let context = null;
  let unanswered = 0;

  function isWanted() {
    try {
      return window.localStorage.getItem(KEY) === "on";
    } catch (error) {
      return context !== null; // a kiosk may forbid storage: then for this visit
    }
  }

  function want(wanted) {
    try {
      window.localStorage.setItem(KEY, wanted ? "on" : "off");
    } catch (error) {
      // A kiosk may forbid storage.
    }
    if (wanted) context = context || new AudioContext();
    else if (context) {
      context.close();
      context = null;
    }
    if (context) context.resume();
    show();
  }

  // A browser may hold sound back until somebody has touched the page: then it does not claim to
  // have it.
  function state() {
    if (!isWanted()) return "off";
    return context && context.state === "running" ? "on" : "blocked";
  }

  function show() {
    const button = document.getElementById("sound");
    if (!button) return;
    button.dataset.state = state();
    button.setAttribute("aria-pressed", String(isWanted()));
  }

  function ring() {
    show();
    if (state() !== "on" || !unanswered || window.gridpulse.past.isShown) return;
    window.gridpulse.rung = (window.gridpulse.rung || 0) + 1;
    TONES.forEach(function (hertz, at) {
      const tone = context.createOscillator();
      const loudness = context.createGain();
      loudness.gain.value = 0.2;
      tone.frequency.value = hertz;
      tone.connect(loudness).connect(context.destination);
      tone.start(context.currentTime + at * TONE_S);
      tone.stop(context.currentTime + (at + 1) * TONE_S);
    });
  }

  window.gridpulse.handlers.sound = function (what, value) {
    if (what === "red") unanswered = value;
  };
  document.addEventListener("click", (event) => event.target.closest("#sound") && want(!isWanted()));
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select")) return;
    if (event.key === "m" || event.key === "M") want(!isWanted());
  });
  window.setInterval(ring, EVERY_MS);
  window.gridpulse.after.push(function () {
    if (isWanted() && !context) want(true);
    else show();
  });
})();
