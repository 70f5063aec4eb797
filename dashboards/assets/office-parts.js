// Parts that depend on who looks: asked for while the page is in view, and commands sent from it.
(function () {
  "use strict";

  const EVERY_MS = 1000;
  const OLD_MS = 10000;
  const tags = new Map(); // address with its query → tag of what is shown
  const heardAt = new Map(); // place → when it was last known to be true
  const asking = new Map(); // place → what it is asked for now, and how that is given up
  let session = null;

  const language = () => (document.documentElement.lang === "en" ? "en" : "zh");

  function queryOf(place) {
    const query = new URLSearchParams(window.location.search);
    query.delete("lang");
    const form = place.dataset.form && document.getElementById(place.dataset.form);
    for (const control of form ? form.querySelectorAll("[data-name]") : []) {
      query.delete(control.dataset.name);
      const set = control.querySelectorAll("[aria-pressed='true']");
      for (const each of set) query.append(control.dataset.name, each.dataset.value);
      const typed = control.querySelector("input");
      if (typed && typed.value) query.append(control.dataset.name, typed.value);
    }
    query.set("language", language());
    return query;
  }

  function put(values) {
    for (const name of Object.keys(values)) {
      const at = name.lastIndexOf(".");
      window.dash_clientside.set_props(name.slice(0, at), { [name.slice(at + 1)]: values[name] });
    }
  }

  const everyMs = (place) => 1000 * Number(place.dataset.every || 0);

  // A part that cannot be asked for keeps what it shows, and looks as old as it is.
  function judge(place) {
    const heard = heardAt.get(place.dataset.part);
    place.classList.toggle("is-old", heard === undefined || performance.now() - heard > OLD_MS + everyMs(place));
  }

  async function ask(place) {
    const address = place.dataset.part + "?" + queryOf(place);
    const known = tags.get(place.dataset.part);
    const isSame = known && known.address === address;
    if (isSame && performance.now() - heardAt.get(place.dataset.part) < everyMs(place)) return;
    const under = asking.get(place.dataset.part);
    if (under && under.address === address) return;
    if (under) under.end.abort(); // a slow answer to an earlier question would stand there last
    const mine = { address, end: new AbortController() };
    asking.set(place.dataset.part, mine);
    place.classList.toggle("is-asked", !isSame); // what stands there answers another question
    const headers = isSame ? { "If-None-Match": known.tag } : {};
    try {
      const answer = await fetch(address, { headers, cache: "no-store", signal: mine.end.signal });
      if (answer.status === 401) return window.location.reload(); // the session is over
      if (answer.ok) {
        put((await answer.json()).set);
        tags.set(place.dataset.part, { address, tag: answer.headers.get("ETag") });
      } else if (answer.status !== 304) return;
      heardAt.set(place.dataset.part, performance.now());
    } catch (error) {
      // The server is away, which the judgement tells; or something else is asked for by now.
    } finally {
      if (asking.get(place.dataset.part) === mine) {
        asking.delete(place.dataset.part);
        place.classList.toggle("is-asked", false);
      }
      judge(place);
    }
  }

  function askAll() {
    if (document.hidden) return Promise.resolve();
    return Promise.all(Array.from(document.querySelectorAll("[data-part]"), ask));
  }

  // Fills a field as somebody who types would: its component has to hear of it.
  function type(field, value) {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A link to a page may choose of its filters.
  function takeAddress() {
    const begun = new Set(); // groups in which what stands in the address has taken the first place
    for (const [name, value] of new URLSearchParams(window.location.search)) {
      const group = document.querySelector(".filters [data-name='" + CSS.escape(name) + "']");
      if (!group) continue;
      const typed = group.querySelector("input");
      if (typed) type(typed, value);
      const wanted = group.querySelector("[data-value='" + CSS.escape(value) + "']");
      if (group.dataset.most && !begun.has(group))
        for (const each of group.querySelectorAll("[aria-pressed]")) each.setAttribute("aria-pressed", "false");
      begun.add(group);
      if (wanted) wanted.setAttribute("aria-pressed", "true");
    }
  }

  async function keepAsking() {
    await askAll();
    window.setTimeout(keepAsking, EVERY_MS);
  }

  // --- commands ------------------------------------------------------------------------------

  async function csrf() {
    if (session === null) {
      const answer = await fetch("/api/v1/session");
      session = answer.ok ? await answer.json() : { csrf: "" };
    }
    return session.csrf;
  }

  async function sendJson(address, method, body) {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": await csrf() };
    return fetch(address, { method, headers, body: JSON.stringify(body) });
  }

  // Says under a form what comes of a request, in words that stand on the form.
  function teller(form) {
    const told = form.querySelector("[data-told]");
    return (key, more) => (told.textContent = form.dataset[key + (language() === "en" ? "En" : "Zh")] + (more || ""));
  }

  function targets(form) {
    const grid = form.dataset.grid && window.dash_ag_grid && window.dash_ag_grid.getApi(form.dataset.grid);
    if (grid) return grid.getSelectedRows().map((row) => ({ id: row.id, revision: row.revision }));
    const seen = document.querySelector("[data-warning]");
    return seen ? [{ id: seen.dataset.warning, revision: Number(seen.dataset.revision) }] : [];
  }

  // What an answer says of itself, in the language of the page where it can.
  function wordsOf(given) {
    const words = given.told || (given.result && given.result.explanation);
    return (words && words[language()]) || given.detail;
  }

  async function send(target, body) {
    const address = "/api/v1/warnings/" + encodeURIComponent(target.id) + "/commands";
    const answer = await sendJson(address, "POST", { revision: target.revision, ...body });
    const told = await answer.json().catch(() => ({}));
    return answer.status === 200 ? "" : wordsOf(told) || String(answer.status);
  }

  function chosen(form, name) {
    return Array.from(form.querySelectorAll("[data-name='" + name + "'] [aria-pressed='true']"), (each) => each.dataset.value);
  }

  function bodyOf(form, button) {
    const text = form.querySelector("textarea, input[type='text']");
    const action = { do: button.dataset.command };
    for (const name of (button.dataset.with || "").split(" ").filter(Boolean)) {
      const [value] = chosen(form, name);
      action[name] = name === "minutes" ? Number(value) : value;
    }
    return { action, text: text ? text.value : "" };
  }

  async function command(form, button) {
    const wanted = targets(form);
    const say = teller(form);
    if (!wanted.length) return say("none");
    button.disabled = true;
    say("sent");
    try {
      const body = bodyOf(form, button);
      const refused = (await Promise.all(wanted.map((target) => send(target, body)))).filter(Boolean);
      if (refused.length) say("refused", [...new Set(refused)].join("; "));
      else say("done");
    } catch (error) {
      say("lost");
    } finally {
      button.disabled = false;
      askAll();
    }
  }

  // --- other requests of a page: an address and a body, with the words that stand beside ----------

  async function post(button) {
    const form = button.closest("[data-posts]");
    const say = teller(form);
    const words = form.querySelector("textarea");
    const body = { ...JSON.parse(button.dataset.body), ...(words ? { text: words.value } : {}) };
    button.disabled = true;
    say("sent");
    try {
      const answer = await sendJson(button.dataset.post, button.dataset.method, body);
      const given = await answer.json().catch(() => ({}));
      if (answer.ok) say("done", given.told && given.told[language()]);
      else say("refused", wordsOf(given) || String(answer.status));
    } catch (error) {
      say("lost");
    } finally {
      button.disabled = false;
      askAll();
    }
  }

  // --- a subscription: what the form says, tried on the past or saved -----------------------------

  function subscriptionOf(form) {
    const asked = {};
    for (const typed of form.querySelectorAll("[data-field] input")) asked[typed.closest("[data-field]").dataset.field] = typed.value.trim();
    for (const name of ["minimum", "channel", "language"]) asked[name] = chosen(form, name)[0];
    for (const name of ["areas", "rules"]) asked[name] = chosen(form, name);
    return asked;
  }

  async function versionOf(name) {
    const answer = await fetch("/api/v1/subscriptions/" + encodeURIComponent(name));
    return answer.ok ? (await answer.json()).version : 0;
  }

  async function subscribe(button) {
    const form = button.closest("[data-subscription]");
    const say = teller(form);
    const isTried = button.dataset.subscribe === "try";
    button.disabled = true;
    say("sent");
    try {
      const subscription = subscriptionOf(form);
      const version = subscription.id ? await versionOf(subscription.id) : 0;
      const answer = await sendJson("/api/v1/subscriptions" + (isTried ? "?dry_run=true" : ""), "POST", { subscription, version });
      const given = await answer.json().catch(() => ({}));
      if (!answer.ok) return say("refused", given.detail || String(answer.status));
      const told = form.querySelector("[data-told]");
      say(isTried ? "tried" : "saved");
      for (const name of ["messages", "warnings"]) told.textContent = told.textContent.replace("{" + name + "}", given.rehearsal[name]);
    } catch (error) {
      say("lost");
    } finally {
      button.disabled = false;
      askAll();
    }
  }

  // --- what people press -----------------------------------------------------------------------

  function press(button) {
    const group = button.closest("[data-name]");
    const was = button.getAttribute("aria-pressed") === "true";
    const most = Number(group.dataset.most || Infinity);
    const pressed = group.querySelectorAll("[aria-pressed='true']");
    if (most === 1) for (const each of pressed) each.setAttribute("aria-pressed", "false");
    else if (!was && pressed.length >= most) return; // the group says how many there can be
    button.setAttribute("aria-pressed", String(group.dataset.most === "1" ? true : !was));
    askAll();
  }

  function open(form) {
    const [first] = targets(form);
    if (first) window.location.assign("/operator/warning?id=" + encodeURIComponent(first.id));
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (!button) return;
    const form = button.closest("[data-commands]");
    if (button.dataset.post) post(button);
    else if (button.dataset.subscribe) subscribe(button);
    else if (button.dataset.command && form) command(form, button);
    else if (button.dataset.open && form) open(form);
    else if (button.hasAttribute("aria-pressed")) press(button);
    else if (button.id === "language") window.setTimeout(askAll, 0);
  });
  document.addEventListener("visibilitychange", askAll);

  const arriving = window.setInterval(function () {
    if (!document.querySelector("[data-part]") || !window.dash_clientside.set_props) return;
    window.clearInterval(arriving);
    takeAddress();
    keepAsking();
  }, 50);
})();
