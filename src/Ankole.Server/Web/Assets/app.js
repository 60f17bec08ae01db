// What Blazor cannot do alone: dialogs, menus in the top layer, windows of long lists, the clipboard and the theme.
const dialogs = new Map();

export function openDialog(id, element, page) {
  dialogs.set(id, { element, opener: document.activeElement });
  element.addEventListener('cancel', event => { event.preventDefault(); page.invokeMethodAsync('OnCancel'); });
  element.addEventListener('mousedown', event => { if (event.target === element) page.invokeMethodAsync('OnCancel'); });
  if (!element.open) element.showModal();
  const first = element.querySelector('[autofocus], .dialog-body input:not([type=hidden]):not([disabled]), .dialog-body select, .dialog-body textarea');
  (first ?? element.querySelector('.dialog-actions button') ?? element).focus();
}

export function closeDialog(id) {
  const { element, opener } = dialogs.get(id) ?? {};
  dialogs.delete(id);
  // While a dialog is open nothing behind it takes the focus.
  element?.close();
  const still = opener?.isConnected && opener !== document.body && opener.checkVisibility?.() !== false;
  (still ? opener : document.querySelector('h1'))?.focus();
}

// Tells the page which rows are in sight, when they leave what is rendered.
export function watchRows(element, page, rowHeight) {
  let first = 0, count = 0, asked = false;
  const look = () => {
    asked = false;
    const head = element.querySelector('thead')?.offsetHeight ?? 0;
    const top = Math.max(0, Math.floor((element.scrollTop - head) / rowHeight));
    const rows = Math.ceil(element.clientHeight / rowHeight) + 1;
    if (Math.abs(top - first) < 8 && rows === count) return;
    first = top;
    count = rows;
    page.invokeMethodAsync('OnWindow', first, count).catch(() => {});
  };
  const ask = () => { if (!asked) { asked = true; requestAnimationFrame(look); } };
  element.addEventListener('scroll', ask, { passive: true });
  const size = new ResizeObserver(ask);
  size.observe(element);
  ask();
  return { dispose: () => { element.removeEventListener('scroll', ask); size.disconnect(); }, top: () => { element.scrollTop = 0; } };
}

export async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) { await navigator.clipboard.writeText(text); return true; }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'offscreen';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

export function theme() {
  return document.documentElement.dataset.theme ?? '';
}

export function setTheme(name) {
  if (name) {
    document.documentElement.dataset.theme = name;
    localStorage.setItem('ankole-theme', name);
  } else {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem('ankole-theme');
  }
}

export function focus(selector) {
  document.querySelector(selector)?.focus();
}

// Menus are popovers: the browser opens and closes them, here they find their place beside their button.
document.addEventListener('toggle', event => {
  const menu = event.target;
  if (event.newState !== 'open' || !menu.matches?.('.menu-items')) return;
  const button = document.querySelector(`[popovertarget="${menu.id}"]`);
  if (!button) return;
  const at = button.getBoundingClientRect();
  const below = at.bottom + menu.offsetHeight + 8 < innerHeight;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - menu.offsetHeight - 4)}px`;
  menu.style.left = `${Math.min(Math.max(8, at.right - menu.offsetWidth), innerWidth - menu.offsetWidth - 8)}px`;
  menu.querySelector('button, a')?.focus();
}, true);

document.addEventListener('click', event => {
  const menu = event.target.closest?.('.menu-items');
  if (menu && event.target.closest('button, a')) menu.hidePopover();
});

document.addEventListener('keydown', event => {
  const menu = event.target.closest?.('.menu-items');
  if (!menu || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
  const items = [...menu.querySelectorAll('button:not([disabled]), a')];
  const step = event.key === 'ArrowDown' ? 1 : -1;
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length]?.focus();
  event.preventDefault();
});

// On a phone the navigation closes after a choice.
document.addEventListener('click', event => {
  if (event.target.closest?.('.nav a')) document.getElementById('nav-open')?.removeAttribute('open');
});
