// Keeps what is being written, a moment after the last key. Without this script the buttons of the editor keep it.
const PAUSE = 2000;
const AWAY = "This could not be kept. Your words are still here. If you were signed out, press the button that saves them: you are asked to sign in, and your words come with you.";

function keepWhileWriting(form) {
  let timer;
  let isOnItsWay = false;

  async function keep() {
    if (isOnItsWay) {
      timer = setTimeout(keep, PAUSE);
      return;
    }
    isOnItsWay = true;
    try {
      const answer = await fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      document.getElementById("kept").textContent = AWAY;
    }
    isOnItsWay = false;
  }

  function show(answer) {
    document.getElementById("kept").replaceWith(answer.getElementById("kept"));
    const revision = answer.getElementById("revision");
    if (revision) form.elements.revision.value = revision.value;
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

document.querySelectorAll("form[data-keep]").forEach(keepWhileWriting);
