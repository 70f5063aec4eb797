// The map of the wall on a canvas: the cells of one layer, streets with their names, and the rings
// of the warnings. What it draws comes with the snapshot; see `figures/city_map.py`.
(function () {
  "use strict";

  const STEPS = 24; // colours of a scale: cells of one colour are filled at once
  const USER_LAYER_MS = 120_000; // a layer that a person chose gives way to the automatic one
  const COLOURS = { unknown: "#2a2f35", zero: "#3f4a55", street: "#9aa4ae", outline: "#dde3e8" };
  const LEVELS = { blue: "#4da3ff", yellow: "#ffd83d", orange: "#ff9233", red: "#ff5a52" };
  const TEXT_REM = 1.3; // 41 px at 3840×2160

  const map = { city: null, layers: [], values: {}, rings: [], automatic: null };
  const view = { chosen: null, chosenAt: 0, street: null, frame: null, isDrawn: false, size: "" };

  const isEnglish = () => document.documentElement.lang === "en";
  const inLanguage = (text) => text[isEnglish() ? "en" : "zh"] || Object.values(text)[0] || "";
  const canvas = () => document.getElementById("map");

  window.gridpulse.handlers.map = function (what, value) {
    if (what.startsWith("values:")) map.values[what.slice("values:".length)] = value;
    else map[what] = value;
    view.isDrawn = false;
    if (what === "city") view.street = null;
  };
  window.gridpulse.map = {
    state: () => ({ layer: shown() && shown().id, values: shown() && map.values[shown().id] }),
    city: () => map.city,
    draw: draw,
  };

  function shown() {
    if (view.chosen && performance.now() - view.chosenAt > USER_LAYER_MS) view.chosen = null;
    const wanted = view.chosen || map.automatic;
    return map.layers.find((layer) => layer.id === wanted) || map.layers[0] || null;
  }

  // --- colours -------------------------------------------------------------------------------

  function mixed(stops, at) {
    const next = stops.findIndex((stop) => stop[0] >= at);
    if (next <= 0) return stops[next === 0 ? 0 : stops.length - 1][1];
    const [from, to] = [stops[next - 1], stops[next]];
    const share = (at - from[0]) / (to[0] - from[0] || 1);
    const part = (hex, place) => parseInt(hex.slice(1 + 2 * place, 3 + 2 * place), 16);
    const parts = [0, 1, 2].map((place) =>
      Math.round(part(from[1], place) * (1 - share) + part(to[1], place) * share),
    );
    return `rgb(${parts.join(" ")})`;
  }

  // Cells by colour: unknown and zero have their own.
  function byColour(layer, values) {
    const groups = new Map();
    const scale = 10 ** layer.decimals;
    const colours = Array.from({ length: STEPS + 1 }, (_, at) => mixed(layer.colours, at / STEPS));
    values.forEach(function (value, cell) {
      let colour = COLOURS.unknown;
      if (value === 0 && layer.sums) colour = COLOURS.zero;
      else if (value !== null) {
        const share = (value / scale - layer.low) / (layer.high - layer.low);
        colour = colours[Math.round(Math.min(1, Math.max(0, share)) * STEPS)];
      }
      if (!groups.has(colour)) groups.set(colour, []);
      groups.get(colour).push(cell);
    });
    return groups;
  }

  // --- geometry ------------------------------------------------------------------------------

  // From lattice units to pixels: the whole city, or one street with a margin.
  function frame(width, height, pad) {
    const city = map.city;
    let [left, right, low, high] = [-0.5, city.columns - 0.5, -0.5, city.rows - 0.5];
    if (view.street !== null) {
      const cells = city.street.flatMap((street, cell) => (street === view.street ? [cell] : []));
      const [x, y] = [cells.map((cell) => city.x[cell]), cells.map((cell) => city.y[cell])];
      [left, right] = [Math.min(...x) - 1.5, Math.max(...x) + 1.5];
      [low, high] = [Math.min(...y) - 1.5, Math.max(...y) + 1.5];
    }
    const unit = Math.min((width - 2 * pad) / (right - left), (height - 2 * pad) / (high - low));
    const dx = (width - unit * (right - left)) / 2 - unit * left;
    const dy = (height - unit * (high - low)) / 2 + unit * high;
    return { unit, x: (x) => dx + unit * x, y: (y) => dy - unit * y };
  }

  function cellPath(path, at, cell) {
    const city = map.city;
    if (!city.polygons) {
      const gap = at.unit > 6 ? 0.04 : 0;
      const side = at.unit * (1 - 2 * gap);
      path.rect(at.x(city.x[cell] - 0.5 + gap), at.y(city.y[cell] + 0.5 - gap), side, side);
      return;
    }
    const ring = city.polygons[cell];
    path.moveTo(at.x(ring[0]), at.y(ring[1]));
    for (let place = 2; place < ring.length; place += 2) path.lineTo(at.x(ring[place]), at.y(ring[place + 1]));
    path.closePath();
  }

  function lines(context, at, flat, colour, width) {
    context.beginPath();
    for (let place = 0; place < flat.length; place += 4) {
      context.moveTo(at.x(flat[place]), at.y(flat[place + 1]));
      context.lineTo(at.x(flat[place + 2]), at.y(flat[place + 3]));
    }
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineCap = "round";
    context.stroke();
  }

  // --- drawing -------------------------------------------------------------------------------

  function draw() {
    const element = canvas();
    const layer = shown();
    const none = document.getElementById("map-none");
    if (none) none.hidden = Boolean(map.city);
    if (!element || !map.city) return;
    const [width, height] = [element.clientWidth, element.clientHeight];
    if (!width || !height) return;
    // Nothing is drawn that stands there already.
    const size = `${width}x${height} ${document.documentElement.lang} ${layer && layer.id} ${view.street}`;
    if (view.isDrawn && view.size === size) return;
    view.isDrawn = true;
    view.size = size;
    const ratio = window.devicePixelRatio || 1;
    if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
      element.width = Math.round(width * ratio);
      element.height = Math.round(height * ratio);
    }
    const context = element.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const at = (view.frame = frame(width, height, 1.2 * rem));
    const values = (layer && map.values[layer.id]) || map.city.x.map(() => null);
    const groups = layer ? byColour(layer, values) : new Map([[COLOURS.unknown, map.city.x.map((_, i) => i)]]);
    for (const [colour, cells] of groups) {
      context.beginPath();
      for (const cell of cells) cellPath(context, at, cell);
      context.fillStyle = colour;
      context.fill();
    }
    lines(context, at, map.city.lines, COLOURS.street, 0.1 * rem);
    lines(context, at, map.city.outline, COLOURS.outline, 0.22 * rem);
    names(context, at, rem, width, height);
    map.rings.slice().reverse().forEach((ring) => drawRing(context, at, rem, ring, ring === map.rings[0]));
  }

  function short(street) {
    const name = inLanguage(street.name);
    return isEnglish() ? name : name.replace(/(街道|地区)$/, "");
  }

  // Names where they have room: one that would lie on another is left out.
  function names(context, at, rem, width, height) {
    const fontPx = Math.max(TEXT_REM * rem, 14);
    context.font = `600 ${fontPx}px ${getComputedStyle(document.body).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const taken = [];
    for (const street of map.city.streets) {
      const text = short(street);
      const half = context.measureText(text).width / 2;
      const x = Math.min(Math.max(at.x(street.x), half + 2), width - half - 2);
      const y = at.y(street.y);
      if (y < fontPx || y > height - fontPx || at.x(street.x) < 0 || at.x(street.x) > width) continue;
      const box = [x - half, y - fontPx * 0.55, x + half, y + fontPx * 0.55];
      if (taken.some((one) => box[0] < one[2] && box[2] > one[0] && box[1] < one[3] && box[3] > one[1])) continue;
      taken.push(box);
      context.strokeStyle = "rgb(21 24 27 / 85%)";
      context.lineWidth = fontPx * 0.28;
      context.strokeText(text, x, y);
      context.fillStyle = "#ffffff";
      context.fillText(text, x, y);
    }
  }

  // The worst is ringed wide, with a dark line around it so that it stands out on every colour.
  function drawRing(context, at, rem, ring, isWorst) {
    const city = map.city;
    let cells = ring.cells;
    if (!cells.length) {
      const place = city.streets.findIndex((street) => street.code === ring.area);
      cells = city.street.flatMap((street, cell) => (street === place ? [cell] : []));
    }
    if (!cells.length) return;
    const x = cells.map((cell) => city.x[cell]);
    const y = cells.map((cell) => city.y[cell]);
    const centre = [(Math.min(...x) + Math.max(...x)) / 2, (Math.min(...y) + Math.max(...y)) / 2];
    const reach = Math.max(Math.max(...x) - centre[0], Math.max(...y) - centre[1]) + 0.5;
    const radius = Math.max(at.unit * reach * 1.25, (isWorst ? 1.5 : 0.7) * rem);
    const width = (isWorst ? 0.45 : 0.22) * rem;
    for (const [colour, more] of [["#15181b", 0.2 * rem], [LEVELS[ring.level], 0]]) {
      context.beginPath();
      context.arc(at.x(centre[0]), at.y(centre[1]), radius, 0, 2 * Math.PI);
      context.strokeStyle = colour;
      context.lineWidth = width + more;
      context.stroke();
    }
  }

  // --- what stands beside the map --------------------------------------------------------------

  function said(value, layer) {
    const text = value.toLocaleString("en-US", {
      minimumFractionDigits: layer.decimals,
      maximumFractionDigits: layer.decimals,
    });
    return layer.unit ? `${text} ${layer.unit}` : text;
  }

  // The street that is zoomed to, and what its cells have together.
  function card() {
    const element = document.getElementById("map-card");
    const layer = shown();
    if (!element) return;
    element.hidden = view.street === null || !layer;
    if (element.hidden) return;
    const words = canvas().dataset;
    const tongue = isEnglish() ? "En" : "Zh";
    const known = (map.values[layer.id] || []).filter(
      (value, cell) => value !== null && map.city.street[cell] === view.street,
    );
    const scale = 10 ** layer.decimals;
    const sum = known.reduce((total, value) => total + value, 0) / scale;
    const together = layer.sums ? sum : known.length ? sum / known.length : 0;
    const name = inLanguage(map.city.streets[view.street].name);
    const template = words[(layer.sums ? "streetSum" : "streetMean") + tongue];
    const first = template
      .replace("{name}", name)
      .replace("{value}", known.length ? said(together, layer) : "—");
    const highest = known.length ? said(Math.max(...known) / scale, layer) : "—";
    const lines = [first, words["streetMax" + tongue].replace("{value}", highest), words["wholeCity" + tongue]];
    element.replaceChildren(
      ...lines.map(function (text) {
        const line = document.createElement("div");
        line.textContent = text;
        return line;
      }),
    );
  }

  function mark() {
    const layer = shown();
    for (const button of document.querySelectorAll("#layer [data-layer]")) {
      const isShown = Boolean(layer) && button.dataset.layer === layer.id;
      button.setAttribute("aria-checked", String(isShown));
      button.tabIndex = isShown ? 0 : -1;
    }
    for (const legend of document.querySelectorAll("#legend [data-layer]"))
      legend.hidden = !layer || legend.dataset.layer !== layer.id;
    const panel = document.getElementById("map-panel");
    if (!panel) return;
    panel.classList.toggle("is-blind", Boolean(layer && layer.blind));
    panel.classList.toggle("stale-layer", Boolean(layer && (layer.blind || layer.stale)));
  }

  function choose(id) {
    view.chosen = id;
    view.chosenAt = performance.now();
    refresh();
  }

  function step(by) {
    if (!map.layers.length) return;
    const now = map.layers.findIndex((layer) => layer === shown());
    choose(map.layers[(now + by + map.layers.length) % map.layers.length].id);
    const button = document.querySelector('#layer [aria-checked="true"]');
    if (button && document.activeElement && document.activeElement.closest("#layer")) button.focus();
  }

  function zoom(event) {
    if (!map.city || !view.frame) return;
    if (view.street !== null) view.street = null;
    else {
      const box = canvas().getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      let best = [Infinity, null];
      map.city.x.forEach(function (column, cell) {
        const far = Math.hypot(view.frame.x(column) - x, view.frame.y(map.city.y[cell]) - y);
        if (far < best[0]) best = [far, cell];
      });
      if (best[0] < 3 * view.frame.unit + 12) view.street = map.city.street[best[1]];
    }
    refresh();
  }

  function refresh() {
    mark();
    draw();
    card();
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("#layer [data-layer]");
    if (button) choose(button.dataset.layer);
    else if (event.target.closest("#map")) zoom(event);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape" && view.street !== null) {
      view.street = null;
      refresh();
    }
  });
  window.addEventListener("resize", refresh);
  window.gridpulse.after.push(refresh);
})();
