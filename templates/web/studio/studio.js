"use strict";
{
  const frame = () => document.getElementById("frame");
  const KEPT = "studio-scroll";

  /* The scroll of the mail and of the desk outlives a new page. */
  const places = () => ({ mail: frame()?.contentWindow?.scrollY ?? 0, desk: document.getElementById("desk").scrollTop });
  const scrollMail = (top) => frame()?.contentWindow?.scrollTo(0, top);
  addEventListener("pagehide", () => sessionStorage.setItem(KEPT, JSON.stringify(places())));
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (kept) {
    if (!location.hash) document.getElementById("desk").scrollTop = kept.desk;
    frame()?.addEventListener("load", () => scrollMail(kept.mail), { once: true });
    if (frame()?.contentDocument?.readyState === "complete") scrollMail(kept.mail);
  }

  /* The width by arrow keys, beside the corner that is drawn with the mouse. */
  const ruler = () => {
    const stretch = document.querySelector(".stretch");
    if (!stretch || document.querySelector(".ruler")) return;
    const box = document.createElement("p");
    const range = document.createElement("input");
    const output = document.createElement("output");
    box.className = "ruler";
    Object.assign(range, { type: "range", min: 280, max: 900, step: 1 });
    range.setAttribute("aria-label", "Width of the mail in pixels");
    range.addEventListener("input", () => { stretch.style.width = `${Number(range.value) + 14}px`; });
    box.append(range, output);
    stretch.before(box);
    new ResizeObserver(() => {
      const width = Math.round(stretch.querySelector("iframe").getBoundingClientRect().width);
      output.value = `${width} px`;
      if (document.activeElement !== range) range.value = width;
    }).observe(stretch);
  };

  /* Live: what has changed is put in the place of what was there; what somebody is typing is left alone. */
  const typing = (part) => [...part.querySelectorAll("input[type=text], input[type=url], input[type=email], textarea")]
    .some((field) => field === document.activeElement || field.value !== field.defaultValue);

  const replace = (old, fresh) => {
    const open = [...old.querySelectorAll("details[open]")].map((one) => one.id);
    const focus = old.contains(document.activeElement) ? document.activeElement.id : "";
    old.replaceWith(fresh);
    for (const id of open.filter(Boolean)) fresh.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
    if (focus) document.getElementById(focus)?.focus();
  };

  const renew = (old, fresh) => {
    const before = frame(), after = fresh.querySelector("#frame");
    if (old.contains(before) && after && before.getAttribute("src") === after.getAttribute("src")) {
      if (before.dataset.mark === after.dataset.mark) return;
      const top = places().mail;
      before.dataset.mark = after.dataset.mark;
      before.addEventListener("load", () => scrollMail(top), { once: true });
      before.contentWindow.location.reload();
    } else if (old.outerHTML !== fresh.outerHTML) {
      replace(old, fresh);
    }
  };

  const refresh = async () => {
    /* What was refused stands at no address of its own, and holds what was typed. */
    if (location.pathname !== "/") { document.getElementById("stale").hidden = false; return; }
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.body.dataset.stamp) return;
    for (const fresh of page.querySelectorAll("[data-live]")) {
      const old = document.getElementById(fresh.id);
      if (!old) continue;
      if (typing(old)) document.getElementById("stale").hidden = false;
      else renew(old, fresh);
    }
    document.title = page.title;
    ruler();
  };

  const pause = (seconds) => new Promise((done) => { setTimeout(done, seconds * 1000); });
  /* A browser opens few connections to one host: tabs that nobody sees would keep all of them busy. */
  const turned = () => new Promise((done) => { document.addEventListener("visibilitychange", done, { once: true }); });
  let question = new AbortController();
  document.addEventListener("visibilitychange", () => { if (document.hidden) question.abort(); });
  const watch = async () => {
    let stamp = document.body.dataset.stamp;
    for (;;) {
      while (document.hidden) await turned();
      question = new AbortController();
      try {
        const answer = await fetch(`/changes?since=${encodeURIComponent(stamp)}`, { signal: question.signal });
        if (!answer.ok) throw new Error(answer.statusText);
        const now = (await answer.json()).stamp;
        if (now === stamp) await pause(0.5);
        else { await refresh(); stamp = now; }
      } catch { await pause(2); }
    }
  };

  ruler();
  watch();
}
