(() => {
  "use strict";
  // A help to sighted readers, never needed: every mark already says its row to whoever reads labels.
  const tip = document.getElementById("tip");
  const cells = new Map();
  for (const cell of document.querySelectorAll("[data-says]")) cells.set(cell.dataset.says, cell);
  const marksOf = (says) =>
    [...document.querySelectorAll(".panel [aria-label]")].filter((mark) => mark.getAttribute("aria-label") === says);
  let lit = [];
  const clear = () => {
    lit.forEach((each) => each.classList.remove("lit"));
    lit = [];
    tip.hidden = true;
  };
  const show = (says, box, link) => {
    clear();
    lit = link ? marksOf(says) : [];
    if (link && cells.has(says)) lit.push(cells.get(says));
    lit.forEach((each) => each.classList.add("lit"));
    tip.textContent = says;
    tip.hidden = false;
    const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${(above > 0 ? above : box.bottom + 8) + scrollY}px`;
  };
  const said = (node) => node.closest?.(".panel [aria-label], [data-says]");
  const speak = (event) => {
    const node = said(event.target);
    if (!node) return clear();
    show(node.dataset.says ?? node.getAttribute("aria-label"), node.getBoundingClientRect(), true);
  };
  document.addEventListener("pointerover", speak);
  document.addEventListener("click", speak);
  document.addEventListener("focusin", speak);
  document.addEventListener("focusout", clear);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return clear();
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const marks = [...(event.target.closest?.(".panels")?.querySelectorAll(".panel [aria-label]") ?? [])];
    const next = step && marks[marks.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
  for (const figure of document.querySelectorAll(".panels")) {
    figure.setAttribute("role", "group"); // its marks can now be reached one by one, with the arrow keys
    figure.querySelector("[aria-label]")?.setAttribute("tabindex", "0");
    figure.querySelectorAll("[aria-label]").forEach((mark) => mark.setAttribute("role", "img"));
  }
  addEventListener("beforeprint", () => {
    clear();
    document.querySelectorAll("details.folded").forEach((each) => (each.open = true));
  });
})();
