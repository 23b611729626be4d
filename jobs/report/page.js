"use strict";
const gallery = document.getElementById("gallery");
if (gallery) {
  const pairs = Array.from(gallery.querySelectorAll(".pair"));
  const field = (name) => document.getElementById(name);
  const number = (pair, name) => Number(pair.dataset[name]);
  const orders = {
    sample: (a, b) => number(a, "sample") - number(b, "sample"),
    flags: (a, b) => number(b, "flagged") - number(a, "flagged") || number(a, "sample") - number(b, "sample"),
    folder: (a, b) => number(a, "folder") - number(b, "folder") || number(a, "sample") - number(b, "sample"),
  };
  const isShown = (pair) => {
    const flag = field("flag").value;
    const folder = field("folder").value;
    const text = field("text").value.toLowerCase();
    return (
      (!flag || (flag === "*" ? number(pair, "flagged") > 0 : pair.dataset.flags.split(",").includes(flag))) &&
      (!folder || pair.dataset.folder === folder) &&
      (!text || pair.dataset.name.toLowerCase().includes(text))
    );
  };
  const update = () => {
    let count = 0;
    for (const pair of pairs) {
      pair.hidden = !isShown(pair);
      count += pair.hidden ? 0 : 1;
    }
    field("shown").textContent = `${count} of ${pairs.length} shown`;
  };
  const sort = () => gallery.append(...pairs.slice().sort(orders[field("order").value]));
  for (const name of ["flag", "folder", "text"]) field(name).addEventListener("input", update);
  field("order").addEventListener("input", sort);
  field("all").addEventListener("input", (event) => {
    for (const slider of gallery.querySelectorAll(".stack input")) {
      slider.value = event.target.value;
      slider.parentElement.style.setProperty("--cut", `${slider.value}%`);
    }
  });
  gallery.addEventListener("input", (event) => {
    if (event.target.type === "range") event.target.parentElement.style.setProperty("--cut", `${event.target.value}%`);
  });
  update();
}
