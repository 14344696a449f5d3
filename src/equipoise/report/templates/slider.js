(() => {
  "use strict";
  // The table says it all without a script, and on paper; a slider walks through its rows.
  document.querySelectorAll(".slider").forEach((box, which) => {
    const rows = [...box.querySelectorAll("tbody tr")];
    const heads = [...box.querySelectorAll("thead th")].map((head) => head.textContent);
    const make = (tag, set) => Object.assign(document.createElement(tag), set);
    const id = `slider-${which}`;
    const label = make("label", { htmlFor: id, textContent: box.dataset.label });
    const input = make("input", { id, type: "range", min: 0, max: rows.length - 1, value: box.dataset.start });
    const said = make("output", { htmlFor: id });
    const words = (cell) => (cell.querySelector(".text") ?? cell).textContent.trim();
    const line = (cell, at) => {
      const one = make("span", { textContent: at ? `${heads[at]}: ${words(cell)}` : words(cell) });
      const bar = cell.querySelector("svg");
      if (bar) one.append(bar.cloneNode(true));
      return one;
    };
    const show = () => {
      rows.forEach((row, at) => row.classList.toggle("chosen", at === Number(input.value)));
      const lines = [...rows[input.value].children].map(line);
      said.replaceChildren(...lines);
      input.setAttribute("aria-valuetext", lines.map((each) => each.textContent).join("; "));
    };
    said.setAttribute("aria-live", "off"); // the slider itself speaks its value
    input.addEventListener("input", show);
    box.prepend(label, input, said);
    show();
  });
})();
