/* Small helps for pages that work without them. No inline code, no eval. */
(() => {
  "use strict";
  const $ = (q, root = document) => root.querySelector(q);
  const all = (q, root = document) => [...root.querySelectorAll(q)];
  const on = (name, run, root = document) => root.addEventListener(name, run);

  /* Navigation button on narrow screens */
  on("click", (e) => {
    const b = e.target.closest("[data-nav-toggle]");
    if (b) b.setAttribute("aria-expanded", b.getAttribute("aria-expanded") !== "true");
  });

  /* details[data-popover] closes on Escape and on a press elsewhere */
  const close = (e) =>
    all("details[data-popover][open]").forEach((d) => {
      if (e.type === "click" && d.contains(e.target)) return;
      if (e.type === "keydown" && d.contains(document.activeElement)) $("summary", d).focus();
      d.open = false;
    });
  on("click", close);
  on("keydown", (e) => e.key === "Escape" && close(e));

  /* Unsaved changes: data-dirty-warning. Marks the form with data-dirty. */
  const mark = (e) => {
    const f = e.target.form;
    if (f && f.method === "post" && !f.hasAttribute("data-allow-resubmit")) {
      f.dataset.dirty = Date.now();
      if (f.hasAttribute("data-autosave")) autosaveSoon(f);
    }
  };
  on("input", mark);
  on("change", mark);
  addEventListener("beforeunload", (e) => {
    if (all("form[data-dirty-warning][data-dirty]").some((f) => !sent.has(f))) e.preventDefault();
  });

  /* Send a form once: a second press does nothing until the page changes. */
  const sent = new WeakSet();
  on("submit", (e) => {
    const f = e.target;
    if (f.method !== "post" || f.hasAttribute("data-allow-resubmit")) return;
    if (sent.has(f)) return e.preventDefault();
    if (e.defaultPrevented || [...f.attributes].some((a) => /^(data-)?hx-/.test(a.name))) return;
    sent.add(f);
    clearTimeout(timers.get(f));
    all("button:not([type=button])", f).forEach((b) => b.setAttribute("aria-disabled", "true"));
  });
  addEventListener("pageshow", (e) => {
    if (!e.persisted) return;
    all("form").forEach((f) => {
      sent.delete(f);
      all("[aria-disabled]", f).forEach((b) => b.removeAttribute("aria-disabled"));
    });
  });

  /* Autosave: data-autosave="address" (empty: the form's own). Files are left to the button. */
  const timers = new WeakMap();
  const busy = new WeakSet();
  const autosaveSoon = (f) => {
    clearTimeout(timers.get(f));
    timers.set(f, setTimeout(autosave, 2000, f));
  };
  const autosave = async (f) => {
    if (sent.has(f) || f.dataset.conflict || !f.isConnected) return;
    if (busy.has(f)) return autosaveSoon(f);
    busy.add(f);
    const box = $("[data-autosave-status]", f);
    const say = (key, more = "") => {
      if (!box) return;
      box.dataset.state = key;
      box.textContent = `${box.dataset[key + "Label"] || ""} ${more}`.trim();
    };
    const body = new FormData(f);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    const token = body.get("csrfmiddlewaretoken");
    const was = f.dataset.dirty;
    say("saving");
    try {
      const r = await fetch(f.dataset.autosave || f.action, {
        method: "POST",
        body,
        credentials: "same-origin",
        redirect: "error",
        headers: { "X-Autosave": "1", Accept: "application/json", ...(token && { "X-CSRFToken": token }) },
      });
      if (r.status === 409 || r.status === 412) {
        f.dataset.conflict = "1";
        return say("conflict");
      }
      if (!r.ok) return say("failed");
      const d = (r.headers.get("Content-Type") || "").includes("json") ? await r.json() : {};
      for (const name in d.fields || {}) {
        const input = f.elements[name];
        if (input && input.type === "hidden") input.value = d.fields[name];
      }
      if (f.dataset.dirty === was) delete f.dataset.dirty;
      const now = new Date().toLocaleTimeString(document.documentElement.lang, { timeStyle: "short" });
      say("saved", d.saved_at || now);
    } catch {
      say("failed");
    } finally {
      busy.delete(f);
    }
  };

  /* Session about to end: data-session-expires (seconds), data-session-warn (seconds before). */
  let ending;
  const session = () => {
    clearTimeout(ending);
    const box = $("[data-session-expires]");
    if (!box) return;
    const text = $("[data-session-text]", box);
    text.hidden = true;
    const wait = (box.dataset.sessionExpires - (box.dataset.sessionWarn || 120)) * 1000;
    ending = setTimeout(() => (text.hidden = false), Math.max(wait, 0));
  };
  on("click", async (e) => {
    const a = e.target.closest("[data-session-renew]");
    if (!a) return;
    e.preventDefault();
    try {
      const r = await fetch(a.href, { credentials: "same-origin", redirect: "error" });
      if (!r.ok) throw r;
      session();
    } catch {
      location.href = a.href;
    }
  });
  on("htmx:afterRequest", session);

  /* Narrow a list on the page: data-filter-input="selector", entries data-filter-item. */
  const plain = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  on("input", (e) => {
    const input = e.target;
    if (!input.matches("[data-filter-input]")) return;
    const words = plain(input.value).split(/\s+/);
    let shown = 0;
    const items = all(input.dataset.filterInput + " [data-filter-item]");
    items.forEach((item) => {
      const text = plain(item.dataset.filterItem || item.textContent);
      item.hidden = !words.every((w) => text.includes(w));
      shown += !item.hidden;
    });
    const note = $("[data-filter-count]", input.parentElement);
    if (note) note.textContent = `${shown} / ${items.length} ${note.dataset.filterLabel}`;
  });

  /* When a page or a part of it arrives */
  const ready = () => {
    const summary = $("[data-error-summary]");
    if (summary) summary.focus();
  };
  on("htmx:afterSwap", (e) => {
    if ($("[data-error-summary]", e.target)) ready();
  });
  ready();
  session();
})();
