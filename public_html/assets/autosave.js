// Saves a draft now and then by its form's own route. Without it, or where it fails, the button saves as ever.
(() => {
  const line = document.querySelector("[data-autosave]");
  const form = line && line.closest("form");
  if (!form || !window.fetch) return;
  const typed = () => {
    const fields = new FormData(form);
    fields.delete("version");
    return new URLSearchParams(fields).toString();
  };
  let saved = typed();
  let running = null;
  let over = false;

  const send = async (body) => {
    const version = form.elements.version.value;
    const reply = await fetch(form.action, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" },
      body: `${body}&version=${encodeURIComponent(version)}&autosave=1`,
      redirect: "error",
    });
    return reply.json();
  };
  const save = async () => {
    const body = typed();
    if (over || running || body === saved) return;
    try {
      running = send(body);
      const told = await running;
      line.textContent = told.words;
      over = Boolean(told.over);
      if (!told.version) return;
      saved = body;
      form.elements.version.value = told.version;
      if (told.action) {
        form.action = told.action;
        history.replaceState(null, "", told.action);
      }
    } catch {
      line.textContent = line.dataset.failed;
    } finally {
      running = null;
    }
  };
  setInterval(save, Number(line.dataset.autosave) * 1000);
  // A draft that is just being made must not be made twice.
  form.addEventListener("submit", (event) => {
    over = true;
    if (!running) return;
    event.preventDefault();
    running.catch(() => {}).finally(() => setTimeout(() => form.submit()));
  });
})();
