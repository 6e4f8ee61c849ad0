/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at the page as it is shown now, and gives back what is wrong with it, in words. */
"use strict";

const LEAST_CONTRAST = 4.5;
const LEAST_EDGE_CONTRAST = 3;
const LEAST_TARGET = 24;

const faults = [];
const tell = (words, element) => faults.push(element ? `${words}: ${outline(element)}` : words);
const outline = (element) => element.cloneNode(false).outerHTML.slice(0, 160) + " " + element.textContent.trim().slice(0, 60);
const all = (selector) => [...document.querySelectorAll(selector)];
const words = (element) => (element.textContent || "").replace(/\s+/g, " ").trim();

/* ---- what a page is made of ---- */

function structure() {
  if (all("h1").length !== 1) {
    tell(`${all("h1").length} h1`);
  }
  if (!/^[a-z]{2}/.test(document.documentElement.lang)) {
    tell("no lang");
  }
  if (document.title.trim().length < 3) {
    tell("no title");
  }
  if (all("main").length !== 1 || all("header").length !== 1 || all("footer").length !== 1) {
    tell("not one main, header and footer");
  }
  const ids = all("[id]").map((element) => element.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) {
    tell(`the id ${id} twice`);
  }
  for (const name of ["aria-describedby", "aria-labelledby", "list", "for"]) {
    for (const element of all(`[${name}]`)) {
      for (const id of element.getAttribute(name).trim().split(/\s+/)) {
        if (document.getElementById(id) === null) {
          tell(`${name} leads nowhere`, element);
        }
      }
    }
  }
  let before = 1;
  for (const heading of all("h1, h2, h3, h4")) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) {
      tell("a heading jumps a level", heading);
    }
    before = level;
  }
}

function names() {
  for (const field of all("input:not([type=hidden]), select, textarea")) {
    const label = [...field.labels].map(words).join(" ") || field.getAttribute("aria-label");
    if (!label) {
      tell("a field without a label", field);
    }
  }
  for (const control of all("a[href], button")) {
    if (!words(control) && !control.getAttribute("aria-label")) {
      tell("a control without words", control);
    }
  }
  for (const image of all("img:not([alt])")) {
    tell("a picture without alt", image);
  }
  for (const element of all("[style], [onclick], [onsubmit]")) {
    tell("style or script in an attribute", element);
  }
}

/* ---- contrast ---- */

function colour(text) {
  const parts = text.match(/[\d.]+/g).map(Number);
  return { red: parts[0], green: parts[1], blue: parts[2], alpha: parts.length > 3 ? parts[3] : 1 };
}

function over(front, back) {
  const mix = (name) => front[name] * front.alpha + back[name] * (1 - front.alpha);
  return { red: mix("red"), green: mix("green"), blue: mix("blue"), alpha: 1 };
}

function paper(element) {
  const layers = [];
  for (let at = element; at !== null; at = at.parentElement) {
    layers.push(colour(getComputedStyle(at).backgroundColor));
    if (layers.at(-1).alpha === 1) {
      break;
    }
  }
  return layers.reduceRight((back, front) => over(front, back), { red: 255, green: 255, blue: 255, alpha: 1 });
}

function light(paint) {
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(paint.red) + 0.7152 * linear(paint.green) + 0.0722 * linear(paint.blue);
}

function contrast(front, back) {
  const [low, high] = [light(over(front, back)), light(back)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function isShown(element) {
  const box = element.getBoundingClientRect();
  return element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && box.width > 1 && box.height > 1;
}

function readability() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.data.trim() && isShown(element)) {
      const ratio = contrast(colour(getComputedStyle(element).color), paper(element));
      if (ratio < LEAST_CONTRAST) {
        tell(`contrast ${ratio.toFixed(2)}`, element);
      }
    }
  }
  for (const field of all("input:not([type=hidden]):not([type=checkbox])")) {
    const style = getComputedStyle(field);
    if (contrast(colour(style.color), paper(field)) < LEAST_CONTRAST) {
      tell("contrast of what is typed", field);
    }
    const edge = contrast(colour(style.borderTopColor), paper(field.parentElement));
    if (field !== document.activeElement && edge < LEAST_EDGE_CONTRAST) {
      tell("the edge of a field is hard to see", field);
    }
  }
  if (parseFloat(getComputedStyle(document.body).fontSize) < 16) {
    tell("small print");
  }
}

/* ---- room ---- */

/* A link in the middle of a sentence may be as tall as its line. */
function isInSentence(element) {
  if (getComputedStyle(element).display !== "inline") {
    return false;
  }
  let block = element.parentElement;
  while (getComputedStyle(block).display === "inline") {
    block = block.parentElement;
  }
  const rest = block.cloneNode(true);
  rest.querySelectorAll("a, button").forEach((control) => control.remove());
  return words(rest).length > 0;
}

function targets() {
  for (const control of all("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!isShown(control) || isInSentence(control)) {
      continue;
    }
    const box = control.getBoundingClientRect();
    if (box.width < LEAST_TARGET || box.height < LEAST_TARGET) {
      tell(`only ${box.width.toFixed(1)} x ${box.height.toFixed(1)} to press`, control);
    }
  }
}

function width() {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > room) {
    tell(`${document.documentElement.scrollWidth} wide in a window of ${room}`);
  }
  for (const element of all("body *")) {
    if (isShown(element) && element.getBoundingClientRect().right > room + 1) {
      tell("stands out at the right", element);
    }
  }
}

for (const name of arguments) {
  ({ structure, names, readability, targets, width })[name]();
}
return faults;
