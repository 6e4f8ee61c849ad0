/* SPDX-License-Identifier: Apache-2.0 */
/* Everything works without this file. It takes a link's secret out of the address bar as soon as the page is there, lets a
 * name that was used before be chosen with one press, and guards against a form being sent twice. */
"use strict";

if (document.querySelector("[data-link]")) {
  history.replaceState(null, "", "/t");
}

for (const button of document.querySelectorAll("button[data-fill]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.fill);
    field.value = button.textContent;
    document.getElementById(button.dataset.next).focus();
  });
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
    }
    form.dataset.sent = "yes";
  });
}

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});
