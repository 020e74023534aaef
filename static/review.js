// Keys of the review queue. Optional: every key presses a button or opens a part that is on the page.
const items = () => [...document.querySelectorAll("[data-item]")];
const here = () => document.activeElement.closest?.("[data-item]") ?? items()[0];
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName)) return;
  const by = { j: 1, k: -1 }[e.key];
  if (by) {
    const all = items();
    const at = all.indexOf(document.activeElement.closest?.("[data-item]"));
    const next = at < 0 ? all[0] : all[at + by];
    if (next) { e.preventDefault(); next.focus(); next.scrollIntoView({ block: "start" }); }
    return;
  }
  if (e.key === "?") { e.preventDefault(); const keys = document.getElementById("keys"); if (keys) keys.open = !keys.open; return; }
  if (!/^[aeru]$/.test(e.key)) return;
  const el = e.key === "u" ? document.querySelector('[data-do="u"]') : here()?.querySelector(`[data-do="${e.key}"]`);
  if (!el) return;
  e.preventDefault();
  if (el.tagName === "DETAILS") { el.open = true; el.querySelector("select")?.focus(); } else el.click();
});
