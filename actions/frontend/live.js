// A screen that follows what is going on: its <main> asks for itself every few seconds and is changed in place, so that
// focus, selection and scrolled tables stay where they are.
import "idiomorph/htmx";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden) event.preventDefault();
});
// Whoever was signed out meanwhile is led to the sign-in, as by any link.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (new URL(detail.xhr.responseURL).pathname === location.pathname) return;
  detail.shouldSwap = false;
  location.reload();
});
