// Sends a file of readers in pieces of 512 KiB, and goes on where it stopped after a reload or a broken connection.
// Without this script the same form sends the file in one go, up to 8 MB.
(function () {
  "use strict";
  var PIECE = 512 * 1024;
  var input = document.querySelector("input[type=file][name=file]");
  var form = input && input.form;
  var box = form && form.querySelector(".upload-progress");
  if (!box || !window.fetch || !window.FormData) return;
  var base = form.action.replace(/\/new$/, "");
  var bar = box.querySelector("progress");
  var count = box.querySelector(".progress-count");

  function size(bytes) {
    return bytes < 1048576 ? Math.ceil(bytes / 1024) + " KB" : (bytes / 1048576).toFixed(1) + " MB";
  }
  function show(done, all) {
    box.hidden = false;
    bar.max = all;
    bar.value = done;
    count.textContent = box.dataset.words.replace("{done}", size(done)).replace("{all}", size(all));
  }
  function say(text) {
    box.hidden = false;
    count.textContent = text;
  }
  // The memory of an unfinished upload: which file, and the number that the server gave it.
  function key(file, list) {
    return "neo-upload:" + base + ":" + [list, file.name, file.size, file.lastModified].join(":");
  }
  function remember(name, value) {
    try { value === null ? localStorage.removeItem(name) : localStorage.setItem(name, value); } catch (e) { /* private window */ }
  }
  function remembered(name) {
    try { return localStorage.getItem(name); } catch (e) { return null; }
  }
  function post(path, fields) {
    var data = new FormData();
    data.append("csrf", form.elements.csrf.value);
    Object.keys(fields).forEach(function (name) { data.append(name, fields[name]); });
    return fetch(base + path, { method: "POST", body: data, credentials: "same-origin" });
  }
  async function known(name) {
    var id = remembered(name);
    if (!id) return null;
    var reply = await fetch(base + "/" + id + "/received", { credentials: "same-origin" });
    var found = reply.ok && /json/.test(reply.headers.get("content-type")) ? await reply.json() : null;
    if (found && found.state === "uploading") return found;
    remember(name, null);
    return null;
  }
  async function begin(file, list) {
    var reply = await post("/begin", { list: list, file_name: file.name, size: String(file.size) });
    if (!reply.ok) throw reply;
    return reply.json();
  }
  async function send(file, list) {
    var name = key(file, list);
    var upload = (await known(name)) || (await begin(file, list));
    remember(name, String(upload.id));
    for (var failed = 0; upload.received < file.size; ) {
      show(upload.received, file.size);
      var piece = file.slice(upload.received, upload.received + PIECE);
      try {
        var reply = await post("/" + upload.id + "/piece", { at: String(upload.received), piece: piece });
        if (!reply.ok) throw reply;
        upload = await reply.json();
        failed = 0;
      } catch (error) {
        if (++failed > 5) throw error;
        await new Promise(function (done) { setTimeout(done, 1000 * failed); });
        upload = (await known(name)) || upload;
      }
    }
    show(file.size, file.size);
    remember(name, null);
    var end = await post("/" + upload.id + "/complete", {});
    if (end.redirected) { location.assign(end.url); return; }
    document.open();
    document.write(await end.text());
    document.close();
  }
  form.addEventListener("submit", function (event) {
    var file = input.files[0];
    if (!file || file.size <= PIECE) return; // one piece goes as the form itself
    event.preventDefault();
    var button = form.querySelector("button[type=submit]");
    button.disabled = true;
    send(file, form.elements.list.value).catch(function () {
      button.disabled = false;
      say(box.dataset.failed);
    });
  });
})();
