const button = document.querySelector('[data-passkey]');
const told = document.querySelector('[data-passkey-told]');
const post = (path, body) =>
  fetch(path, {
    method: 'POST',
    headers: { 'X-Requested-With': 'WorkflowHost', 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
async function prove() {
  const options = await (await post('/api/session/passkey/options', {})).json();
  const credential = await navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
  });
  const answer = await post('/api/session/passkey', credential.toJSON());
  if (!answer.ok) throw new Error(String(answer.status));
}
if (button && window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await prove();
      const form = document.querySelector('form[data-after]');
      if (form) form.submit();
      else location.replace(location.pathname);
    } catch {
      told.hidden = false;
      told.focus();
    }
  });
}
