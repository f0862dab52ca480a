// The web chat's page. What people wrote only ever becomes text (textContent), never markup.
"use strict";
(() => {
  // How long the page around this one has to hand over what it kept.
  const RECALL_MS = 1000;
  const bot = location.pathname.split("/").filter(Boolean).pop();
  const base = `/api/chat/${bot}`;
  const $ = (id) => document.getElementById(id);
  const log = $("log"), replies = $("replies"), form = $("form"), input = $("text"), state = $("state"), swap = $("swap");
  const words = {
    en: {
      message: "Message", send: "Send", file: "Send a file", typing: "typing", again: "Try again", notSent: "Not sent.",
      connecting: "No connection. Trying again…", gone: "This chat is not available now.", busy: "Too fast. Waiting a moment…",
      person: "A person will answer.", location: "📍 Share my location", noLocation: "The location could not be read.",
      phone: "Phone number, as in +34 911 234 567", tooLong: "A file may have 10 MB at most.", sending: "Sending the file…",
      fileFailed: "The file could not be sent.",
      date: "Date", time: "Time", date_time: "Date and time", type: "Type the answer instead", pick: "Pick the answer instead",
      // By a problem's code or the field that is wrong.
      refused: {
        text: "This text can not be sent; it may be too long.", contact: "The phone number can not be read. Please write it as in +34 911 234 567.",
        body: "The file is empty.", body_too_long: "The file is too large.", body_too_slow: "The file took too long to arrive. Please try again.",
        quota: "There is no room for more files here.", account_quota: "There is no room for more files here.",
        contact_quota: "You have sent as many files as can be kept.",
        no_session: "The chat had expired. Please send it again.", too_many_requests: "Too fast. Please try again in a moment.",
        busy: "There is a lot going on. Please try again in a moment.", unavailable: "This can not be kept now. Please try again in a moment.",
      },
    },
    es: {
      message: "Mensaje", send: "Enviar", file: "Enviar un archivo", typing: "escribiendo", again: "Reintentar", notSent: "No se ha enviado.",
      connecting: "Sin conexión. Reintentando…", gone: "Este chat no está disponible ahora.", busy: "Demasiado rápido. Un momento…",
      person: "Le atenderá una persona.", location: "📍 Compartir mi ubicación", noLocation: "No se ha podido leer la ubicación.",
      phone: "Teléfono, p. ej. +34 911 234 567", tooLong: "Un archivo puede tener 10 MB como máximo.", sending: "Enviando el archivo…",
      fileFailed: "No se ha podido enviar el archivo.",
      date: "Fecha", time: "Hora", date_time: "Fecha y hora", type: "Escribir la respuesta", pick: "Elegir la respuesta",
      refused: {
        text: "No se puede enviar este texto; puede que sea demasiado largo.", contact: "No se entiende el teléfono. Escríbalo como +34 911 234 567.",
        body: "El archivo está vacío.", body_too_long: "El archivo es demasiado grande.", body_too_slow: "El archivo ha tardado demasiado en llegar. Inténtelo de nuevo.",
        quota: "Aquí no caben más archivos.", account_quota: "Aquí no caben más archivos.",
        contact_quota: "Ha enviado tantos archivos como se pueden guardar.",
        no_session: "El chat había caducado. Envíelo de nuevo.", too_many_requests: "Demasiado rápido. Inténtelo de nuevo en un momento.",
        busy: "Hay mucho movimiento. Inténtelo de nuevo en un momento.", unavailable: "Ahora no se puede guardar. Inténtelo de nuevo en un momento.",
      },
    },
  };
  const tag = (navigator.languages || [navigator.language]).map(String).find((one) => words[one.slice(0, 2).toLowerCase()]) || "en";
  const language = tag.slice(0, 2).toLowerCase();
  const say = words[language];
  document.documentElement.lang = language;
  for (const [id, text] of [["text", say.message], ["send", say.send], ["file", say.file]]) $(id).setAttribute("aria-label", text);
  input.placeholder = say.message;
  $("attach").title = say.file;
  const tell = (text, bad) => { state.textContent = text; state.classList.toggle("bad", Boolean(bad)); };
  const query = new URLSearchParams(location.search);
  const key = `recado-chat-${bot}`;
  // The session is kept here or, where the browser refuses that to a frame of another site, by the page around it (chat.js). Only what was made or
  // recalled in this frame goes there, to the origin that answered.
  let host = null;
  const read = (text) => { try { const value = JSON.parse(text); return value && typeof value.token === "string" ? value : null; } catch { return null; } };
  const recall = () => new Promise((done) => {
    addEventListener("message", (event) => {
      if (host || event.source !== parent || !event.data || event.data.recado !== "kept") return;
      host = event.origin;
      done(read(event.data.session));
    });
    setTimeout(() => done(null), RECALL_MS);
    parent.postMessage({ recado: "recall" }, "*");
  });
  const tellHost = (message) => { if (host && host !== "null") parent.postMessage(message, host); };
  const store = {
    async get() { try { return read(localStorage.getItem(key)); } catch { return parent === window ? null : recall(); } },
    set(value) { const text = JSON.stringify(value); try { localStorage.setItem(key, text); } catch { tellHost({ recado: "keep", session: text }); } },
    clear() { try { localStorage.removeItem(key); } catch { tellHost({ recado: "forget" }); } },
  };
  // What the bot's last message expects, the picker that fits, and whether that is the field now.
  let expected = "", fitting = null, picking = false;
  let session = null, last = 0, typing = null, wait = 1000, wake = null;
  const own = new Map();

  const make = (tag, cls, text) => {
    const element = document.createElement(tag);
    if (cls) element.className = cls;
    if (text !== undefined && text !== null) element.textContent = text;
    return element;
  };
  const web = (url) => { try { const u = new URL(url, location.href); return /^https?:$/.test(u.protocol) ? u.href : null; } catch { return null; } };
  // Time first: what the server remembers of a message then lies beside what it remembers of the last ones.
  const newId = () => Date.now().toString(36).padStart(9, "0") + Array.from(crypto.getRandomValues(new Uint8Array(10)), (b) => b.toString(16).padStart(2, "0")).join("");
  /** A link that leaves the page as it is. */
  const away = (href, text) => { const a = make("a", "", text); a.href = href; a.target = "_blank"; a.rel = "noopener noreferrer"; return a; };
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };

  class Refused extends Error { constructor(status) { super(String(status)); this.status = status; } }

  async function call(path, options = {}) {
    const headers = { ...(options.headers || {}) };
    if (session) headers.authorization = `Bearer ${session.token}`;
    const response = await fetch(base + path, { ...options, headers });
    if (response.status === 401 && session) { store.clear(); session = null; }
    return response;
  }

  const recalled = store.get().then((kept) => { session = kept; });

  // A link's flow starts once a visit. The page around a frame says which visit it is; else it stands in the history, which outlasts a reload, and no
  // longer in the address: following the link again is another visit.
  let { ref, visit } = history.state || {};
  if (/^[\w-]{1,64}$/.test(query.get("ref") || "")) {
    ref = query.get("ref");
    visit = query.get("visit");
    if (!visit) {
      visit = newId();
      query.delete("ref");
      history.replaceState({ ref, visit }, "", location.pathname + (String(query) && `?${query}`));
    }
  }
  let followed = !ref;

  let opening = null;
  /** One session, however many ask for it at once. */
  function open() {
    opening ??= begin().finally(() => { opening = null; });
    return opening;
  }

  async function begin() {
    await recalled;
    if (session && followed) return;
    const body = { lang: navigator.language };
    try { body.time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone; } catch { /* unknown */ }
    if (ref) { body.ref = ref; body.visit = visit; }
    if (query.get("name")) body.name = query.get("name");
    const response = await call("/sessions", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!response.ok) throw new Refused(response.status);
    const opened = await response.json();
    if (!session || session.contact_id !== opened.contact_id) last = 0;
    session = opened;
    followed = true;
    store.set(session);
  }

  function spans(into, list) {
    for (const span of list || []) {
      const href = span.link && web(span.link);
      const element = href ? make("a", "", span.text) : make(span.bold ? "strong" : "span", "", span.text);
      if (href) { element.href = href; element.target = "_blank"; element.rel = "noopener noreferrer"; if (span.bold) element.style.fontWeight = "bold"; }
      if (span.italic) element.style.fontStyle = "italic";
      into.append(element);
    }
  }

  function button(choice) {
    const href = choice.kind === "link" ? choice.url && web(choice.url) : choice.kind === "phone" ? `tel:${String(choice.phone).replace(/[^+\d]/g, "")}` : null;
    if (href) {
      const a = make("a", "", choice.label);
      a.href = href;
      if (choice.kind === "link") { a.target = "_blank"; a.rel = "noopener noreferrer"; }
      return a;
    }
    const b = make("button", "", choice.label);
    b.type = "button";
    if (choice.kind === "press") b.addEventListener("click", () => send({ payload: choice.payload }, choice.label));
    else b.disabled = true;
    return b;
  }

  function buttons(into, list) {
    if (!list || !list.length) return;
    const row = make("div", "buttons");
    row.append(...list.map(button));
    into.append(row);
  }

  function media(part) {
    const href = web(part.url);
    if (!href) return make("span", "", part.name || "");
    const tag = { image: "img", video: "video", audio: "audio" }[part.media];
    if (!tag) return away(href, part.name || href);
    const element = make(tag);
    element.src = href;
    if (tag === "img") { element.alt = part.name || ""; element.loading = "lazy"; } else element.controls = true;
    return element;
  }

  // A number's field is plain text: the digit pads of phones have no minus, some no point.
  const kinds = { email: ["email", "email"], phone: ["tel", "tel"], url: ["url", "url"] };
  // `write` makes of the field's value the text that a flow takes (docs/flows.md), `form` and `value` the value of such a text.
  const pickers = {
    date: {
      type: "date", max: "9999-12-31", icon: "📅", example: "31/12/2030", look: { dateStyle: "long" },
      write: (y, m, d) => `${d}/${m}/${y}`, form: /^(\d\d)\/(\d\d)\/(\d{4})$/, value: "$3-$2-$1",
    },
    time: {
      type: "time", max: "", icon: "🕒", example: "18:30", look: { timeStyle: "short" },
      write: (clock) => clock.slice(0, 5), form: /^(\d\d:\d\d)$/, value: "$1",
    },
    date_time: {
      type: "datetime-local", max: "9999-12-31T23:59", icon: "📅", example: "31.12.2030 18:30", look: { dateStyle: "long", timeStyle: "short" },
      write: (y, m, d, clock) => `${d}.${m}.${y} ${clock.slice(0, 5)}`, form: /^(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d)$/, value: "$3-$2-$1T$4",
    },
  };

  /** An answer as the visitor reads it: what was picked, in words of the language. */
  function readable(text) {
    if (!fitting || !fitting.form.test(text)) return text;
    const value = text.replace(fitting.form, fitting.value);
    const [day, clock = "00:00"] = value.includes("-") ? value.split("T") : ["1970-01-01", value];
    const at = new Date(`${day}T${clock}Z`);
    // 31 February is no day, and 24:00 another one.
    if (isNaN(at) || at.toISOString().slice(0, 10) !== day) return text;
    return at.toLocaleString(tag, { ...fitting.look, timeZone: "UTC" });
  }

  /** The text that the field says. */
  function answer() {
    const picker = Object.values(pickers).find(({ type }) => type === input.type);
    return picker && input.value ? picker.write(...input.value.split(/[-T]/)) : input.value;
  }

  /** Makes the field the picker or the one to type in; what stands in it goes along where it can. */
  function ask(pick) {
    const text = answer(), [type, mode] = kinds[expected] || ["text", ""];
    picking = pick;
    input.type = pick ? fitting.type : type;
    input.inputMode = pick ? "" : mode;
    input.max = pick ? fitting.max : "";
    input.autocomplete = expected === "phone" ? "tel" : expected === "email" ? "email" : "off";
    input.placeholder = fitting ? fitting.example : type === "tel" ? say.phone : say.message;
    input.setAttribute("aria-label", pick ? say[expected] : say.message);
    const value = !pick ? text : fitting.form.test(text) ? text.replace(fitting.form, fitting.value) : "";
    if (input.value !== value) input.value = value;
    form.classList.toggle("picking", pick);
    swap.hidden = !fitting;
    swap.textContent = pick ? "Aa" : fitting ? fitting.icon : "";
    swap.title = pick ? say.type : say.pick;
    swap.setAttribute("aria-label", swap.title);
  }

  function quick(part) {
    replies.replaceChildren();
    for (const choice of part.quick_replies || []) replies.append(button(choice));
    if (part.share === "location") {
      const b = make("button", "", say.location);
      b.type = "button";
      b.addEventListener("click", () => navigator.geolocation && navigator.geolocation.getCurrentPosition(
        (at) => send({ location: { lat: at.coords.latitude, lon: at.coords.longitude } }, "📍"),
        () => tell(say.noLocation, true)));
      replies.append(b);
    }
    input.dataset.share = part.share || "";
    const draft = answer();
    expected = part.share === "phone" ? "phone" : part.expects || "";
    fitting = pickers[expected] || null;
    // Who is writing something else may go on.
    ask(Boolean(fitting) && (!draft || fitting.form.test(draft)));
  }

  function show(message) {
    if (message.seq <= last) return;
    last = message.seq;
    const stick = atEnd();
    const mine = message.direction === "in", part = message.part;
    const bubble = make("div", mine ? "m in" : "m");
    if (message.sent_by && message.sent_by.firstname) bubble.append(make("div", "who", message.sent_by.firstname));
    if (part.kind === "text") { spans(bubble, part.text); buttons(bubble, part.buttons); }
    else if (part.kind === "media") { bubble.append(media(part)); spans(bubble, part.caption); buttons(bubble, part.buttons); }
    else if (part.kind === "gallery") {
      const row = make("div", "cards");
      for (const card of part.cards) {
        const element = make("div", "card");
        if (card.image && web(card.image)) element.append(media({ media: "image", url: card.image, name: card.title }));
        element.append(make("strong", "", card.title), make("div", "", card.subtitle || ""));
        buttons(element, card.buttons);
        row.append(element);
      }
      bubble.append(row);
    } else {
      bubble.append(make("span", "", readable(part.text || "")));
      for (const file of part.attachments || []) bubble.append(make("div", "", `📎 ${file.name || file.media}`));
      if (part.location) {
        const { lat, lon } = part.location;
        bubble.append(away(`https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=16/${lat}/${lon}`, `📍 ${lat.toFixed(5)}, ${lon.toFixed(5)}`));
      }
      if (part.phone) bubble.append(make("span", "", `📞 ${part.phone}`));
      if (!bubble.textContent) bubble.append(make("span", "", "✓"));
    }
    // The answer to the message may come after the message itself: then its text tells which it was.
    const waiting = mine ? [...own.values()] : [];
    const pending = waiting.find((element) => element.dataset.text === part.text) || waiting.find((element) => element.dataset.sent);
    if (pending) {
      for (const [id, element] of own) if (element === pending) own.delete(id);
      if (bubble.textContent === "✓") bubble.textContent = pending.textContent;
      pending.remove();
    }
    log.insertBefore(bubble, [...own.values()][0] || typing || null);
    if (!mine) quick(part);
    // It was answered. The button leads back, should the bot have wanted something else.
    else if (picking) { ask(false); input.placeholder = say.message; }
    if (stick || mine) toEnd();
  }

  /** Why something was refused, in the page's language. */
  async function reason(response, otherwise) {
    const problem = await response.json().catch(() => ({}));
    const field = problem.errors && problem.errors[0] && problem.errors[0].field;
    if (response.status === 404) return say.gone;
    // A proxy in front has limits of its own.
    return say.refused[field] || say.refused[problem.code || (response.status === 413 ? "body_too_long" : "")] || otherwise;
  }

  async function send(content, label, id = newId()) {
    replies.replaceChildren();
    let bubble = own.get(id);
    if (!bubble) { bubble = make("div", "m in", label); bubble.dataset.text = content.text || label; own.set(id, bubble); log.append(bubble); toEnd(); }
    for (let tries = 0; tries < 6; tries++) {
      try {
        await open();
        const response = await call("/messages", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ id, ...content }) });
        if (response.status === 202) {
          bubble.dataset.sent = "1";
          if (state.classList.contains("bad")) tell("");
          return;
        }
        if (response.status >= 400 && response.status < 500 && ![401, 408, 429].includes(response.status)) {
          tell(await reason(response, say.notSent), true);
          break;
        }
        if (response.status === 429) tell(say.busy, true);
      } catch { /* offline: tried again with the same id */ }
      await new Promise((done) => setTimeout(done, 500 * 2 ** tries));
    }
    bubble.classList.add("failed");
    const again = make("button", "again", say.again);
    again.type = "button";
    again.addEventListener("click", () => { bubble.classList.remove("failed"); again.remove(); input.focus(); send(content, label, id); });
    bubble.append(again);
    if (!state.textContent) tell(say.notSent, true);
    toEnd();
  }

  async function follow() {
    for (;;) {
      try {
        await open();
        const response = await call(`/events?after=${last}`, { headers: { accept: "text/event-stream" } });
        if (!response.ok || !response.body) throw new Refused(response.status);
        if (state.dataset.lost) { delete state.dataset.lost; tell(""); }
        wait = 1000;
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = "";
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          rest += value;
          let end;
          while ((end = rest.indexOf("\n\n")) >= 0) { event(rest.slice(0, end)); rest = rest.slice(end + 2); }
        }
      } catch (error) {
        state.dataset.lost = "1";
        tell(error.status === 404 ? say.gone : error.status === 429 ? say.busy : say.connecting, true);
      }
      await new Promise((done) => { wake = done; setTimeout(done, wait + Math.random() * 500); });
      wait = Math.min(wait * 2, 30000);
    }
  }

  function event(block) {
    let name = "message", data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) name = line.slice(6).trim();
      else if (line.startsWith("data:")) data += line.slice(5).trimStart();
    }
    if (!data) return;
    const value = JSON.parse(data);
    if (name === "message") show(value);
    else if (name === "typing") {
      if (value.typing && !typing) { typing = make("div", "m typing", "…"); typing.setAttribute("aria-label", say.typing); log.append(typing); toEnd(); }
      if (!value.typing && typing) { typing.remove(); typing = null; }
    } else if (name === "chat") tell(value.open ? say.person : "");
  }

  form.addEventListener("submit", (submit) => {
    submit.preventDefault();
    const text = answer().trim();
    if (!text) return;
    input.value = "";
    const phone = input.dataset.share === "phone" && /^\+[\d\s().-]{7,}$/.test(text);
    send(phone ? { contact: { phone: text } } : { text }, readable(text));
  });

  swap.addEventListener("click", () => { ask(!picking); input.focus(); });

  $("file").addEventListener("change", async (change) => {
    const file = change.target.files[0];
    change.target.value = "";
    if (!file) return;
    if (file.size > 10 * 1024 * 1024) { tell(say.tooLong, true); return; }
    tell(say.sending);
    try {
      await open();
      const response = await call(`/files?name=${encodeURIComponent(file.name.slice(0, 128))}`, { method: "POST", body: file, headers: { "content-type": "application/octet-stream" } });
      if (!response.ok) { tell(await reason(response, say.fileFailed), true); return; }
      const kept = await response.json();
      tell("");
      send({ file: kept.id }, `📎 ${kept.name}`);
    } catch { tell(say.fileFailed, true); }
  });

  addEventListener("online", () => { wait = 1000; if (wake) wake(); });
  if (matchMedia("(pointer: fine)").matches) input.focus();
  follow();
})();
