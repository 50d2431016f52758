/* Passkeys: a form with data-passkey="create" or "get" and data-options (JSON) asks the browser before it is sent. */
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  /* What WebAuthn wants as bytes comes as text. */
  const readable = (options) => {
    const o = { ...options, challenge: bytes(options.challenge) };
    if (o.user) o.user = { ...o.user, id: bytes(o.user.id) };
    for (const name of ["allowCredentials", "excludeCredentials"])
      if (o[name]) o[name] = o[name].map((one) => ({ ...one, id: bytes(one.id) }));
    return o;
  };
  const written = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[name]) response[name] = text(credential.response[name]);
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: {},
    });
  };

  const say = (form, what) =>
    form.querySelectorAll("[data-passkey-says]").forEach((box) => {
      box.hidden = box.dataset.passkeySays !== what;
    });
  const available = () => Boolean(window.PublicKeyCredential && navigator.credentials);

  const ask = async (form) => {
    if (form.dataset.busy) return;
    if (!available()) return say(form, "unavailable");
    form.dataset.busy = "1";
    say(form, "");
    try {
      const publicKey = readable(JSON.parse(form.dataset.options));
      const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
      form.querySelector("[data-passkey-answer]").value = written(credential);
      form.submit();
    } catch (fault) {
      say(form, fault.name === "InvalidStateError" ? "known" : fault.name === "SecurityError" ? "unavailable" : "failed");
    } finally {
      delete form.dataset.busy;
    }
  };

  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    if (!available()) say(form, "unavailable");
    form.addEventListener("submit", (e) => {
      e.preventDefault();
      ask(form);
    });
    if ("passkeyStart" in form.dataset && available()) ask(form);
  });
})();
