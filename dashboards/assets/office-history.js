// The choice of a history stands in the page's address; its picture is drawn into a PNG here.
(function () {
  "use strict";

  const SCALE = 2; // sharp on paper

  // Only what was chosen is written: opening the page alone leaves the address as it is.
  function keep(form) {
    const query = new URLSearchParams(window.location.search);
    for (const control of form.querySelectorAll("[data-name]")) {
      query.delete(control.dataset.name);
      for (const each of control.querySelectorAll("[aria-pressed='true']")) query.append(control.dataset.name, each.dataset.value);
      const typed = control.querySelector("input");
      if (typed && typed.value) query.append(control.dataset.name, typed.value);
    }
    window.history.replaceState(window.history.state, "", window.location.pathname + "?" + query + window.location.hash);
  }

  function changed(event) {
    const form = event.target.closest && event.target.closest("[data-address]");
    if (form && event.isTrusted) keep(form);
  }

  async function picture(button) {
    button.disabled = true;
    try {
      const drawn = new Image();
      drawn.src = button.dataset.png;
      await drawn.decode();
      const canvas = document.createElement("canvas");
      canvas.width = SCALE * drawn.naturalWidth;
      canvas.height = SCALE * drawn.naturalHeight;
      canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
      const link = document.createElement("a");
      link.href = canvas.toDataURL("image/png");
      link.download = button.dataset.file;
      link.click();
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("button");
    if (button && button.dataset.png) picture(button);
    else if (button) window.setTimeout(() => changed(event), 0); // once it is pressed
  });
  document.addEventListener("input", changed);

  const arriving = window.setInterval(function () {
    const form = document.querySelector("[data-address]");
    if (!form) return;
    window.clearInterval(arriving);
    for (const field of form.querySelectorAll("[data-time] input")) field.type = "datetime-local";
  }, 50);
})();
