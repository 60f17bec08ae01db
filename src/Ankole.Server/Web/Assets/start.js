// Starts Blazor, and heals a lost connection: says so, tries again, and loads the page anew when the server no longer knows it.
(() => {
  const banner = () => document.getElementById('connection');
  const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
  let lost = false;

  function say(state, text) {
    const element = banner();
    if (!element) return;
    element.dataset.state = state;
    element.querySelector('span').textContent = text;
  }

  // A daemon that is just stopping may answer once more: only one that goes on answering is there again.
  async function answersSteadily() {
    for (let i = 0; i < 4; i++) {
      if (!(await answers())) return false;
      await pause(600);
    }
    return true;
  }

  // Not /healthz: a daemon that is stopping is alive until its end.
  async function answers() {
    try {
      return (await fetch('/readyz', { cache: 'no-store' })).ok;
    } catch {
      return false;
    }
  }

  async function heal() {
    for (let attempt = 1; lost; attempt++) {
      say('lost', attempt === 1 ? 'The connection is lost. Trying again …' : `The connection is lost. Trying again … (attempt ${attempt})`);
      if (await answers()) {
        let again = false;
        try { again = await Blazor.reconnect(); } catch { again = false; }
        if (!lost) return;
        if (!again && await answersSteadily()) { location.reload(); return; }
      }
      await pause(Math.min(500 * attempt, 3000));
    }
  }

  document.addEventListener('click', event => {
    if (!event.target.closest?.('.skip')) return;
    event.preventDefault();
    event.stopPropagation();
    document.getElementById('main')?.focus();
  }, true);

  Blazor.start({
    circuit: {
      reconnectionHandler: {
        onConnectionDown: () => { if (!lost) { lost = true; heal(); } },
        onConnectionUp: () => { lost = false; say('back', 'Connected again.'); setTimeout(() => { if (!lost) say('', ''); }, 2500); },
      },
    },
  });
})();
