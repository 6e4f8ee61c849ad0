/* SPDX-License-Identifier: Apache-2.0 */
/* Where the keyboard is now: {name, kind, faults}. */
"use strict";

const element = document.activeElement;
const words = (of) => (of.textContent || "").replace(/\s+/g, " ").trim();
const faults = [];

if (element !== document.body) {
  const style = getComputedStyle(element);
  if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) {
    faults.push(`no visible focus: ${style.outline}`);
  }
  const box = element.getBoundingClientRect();
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) {
    faults.push("out of the window");
  }
  const above = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  if (above === null || !(element.contains(above) || above.contains(element))) {
    faults.push("something lies over it");
  }
}
const labels = element.labels ? [...element.labels].map(words).join(" ") : "";
return { name: labels || words(element), kind: element.tagName.toLowerCase(), id: element.id, faults };
