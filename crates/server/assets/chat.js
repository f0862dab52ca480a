// Puts a chat bubble on any page: <script src="https://your.server/chat.js" data-bot="BOT ID" async></script>
(function () {
  "use strict";
  var script = document.currentScript;
  var bot = script && script.dataset.bot;
  if (!bot || !/^[0-9a-f-]{36}$/i.test(bot)) return;
  var origin = new URL(script.src).origin;
  var query = new URLSearchParams();
  if (script.dataset.ref) {
    query.set("ref", script.dataset.ref);
    query.set("visit", visit("recado-visit-" + bot + "-" + script.dataset.ref));
  }
  if (script.dataset.name) query.set("name", script.dataset.name);
  var label = script.dataset.label || "Chat";

  // The flow of data-ref starts once in a tab, not on every page that has the bubble.
  function visit(key) {
    var id = Date.now().toString(36) + Math.random().toString(36).slice(2);
    try { id = sessionStorage.getItem(key) || id; sessionStorage.setItem(key, id); } catch (_) { /* each page is a visit then */ }
    return id;
  }

  function put(element, styles) { for (var name in styles) element.style[name] = styles[name]; return element; }

  var button = put(document.createElement("button"), {
    position: "fixed", right: "16px", bottom: "16px", width: "56px", height: "56px", border: "0", borderRadius: "50%",
    background: script.dataset.color || "#1766c2", color: "#fff", fontSize: "26px", cursor: "pointer",
    boxShadow: "0 4px 16px rgba(0,0,0,.3)", zIndex: "2147483000"
  });
  button.type = "button";
  button.textContent = "💬";
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-expanded", "false");
  var frame = null;

  function toggle() {
    var open = !frame || frame.hidden;
    if (!frame) {
      frame = document.createElement("iframe");
      frame.title = label;
      frame.src = origin + "/chat/" + bot + (query.toString() ? "?" + query : "");
      frame.allow = "geolocation " + origin;
      put(frame, {
        position: "fixed", right: "16px", bottom: "84px", width: "min(400px, calc(100vw - 32px))",
        height: "min(640px, calc(100dvh - 108px))", border: "0", borderRadius: "16px",
        boxShadow: "0 8px 32px rgba(0,0,0,.35)", zIndex: "2147483000", background: "#fff", colorScheme: "normal"
      });
      document.body.appendChild(frame);
    }
    frame.hidden = !open;
    frame.style.display = open ? "block" : "none";
    button.textContent = open ? "✕" : "💬";
    button.setAttribute("aria-expanded", String(open));
  }

  // A browser may refuse storage to a frame of another site. Then this page keeps the visitor's session, and the chat comes back after a reload.
  var key = "recado-chat-" + bot;
  addEventListener("message", function (event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== origin || !event.data) return;
    try {
      if (event.data.recado === "forget") localStorage.removeItem(key);
      else if (event.data.recado === "keep") localStorage.setItem(key, String(event.data.session));
      else if (event.data.recado === "recall") event.source.postMessage({ recado: "kept", session: localStorage.getItem(key) }, origin);
    } catch (_) { /* this page may keep nothing either */ }
  });

  button.addEventListener("click", toggle);
  function start() { document.body.appendChild(button); }
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
