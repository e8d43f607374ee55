// Notices above the page: what went wrong and what to do about it.

/** @param {HTMLElement} area with role="alert" */
export function createNotices(area) {
  const shown = new Map();

  function hide(id) {
    shown.get(id)?.remove();
    shown.delete(id);
  }

  return {
    /**
     * Shows a notice, in place of an earlier one with the same id.
     * @param {string} id
     * @param {{ kind: 'bad' | 'warn', title: string, text: string, code?: string }} notice
     */
    show(id, { kind, title, text, code }) {
      hide(id);
      const box = document.createElement('div');
      box.className = `notice notice-${kind}`;
      const words = document.createElement('div');
      const heading = document.createElement('strong');
      heading.textContent = title;
      const body = document.createElement('p');
      body.textContent = text;
      words.append(heading, body);
      if (code) {
        const detail = document.createElement('p');
        detail.className = 'fine';
        detail.append('Error code ', Object.assign(document.createElement('code'), { textContent: code }));
        words.append(detail);
      }
      const close = document.createElement('button');
      close.className = 'small';
      close.textContent = 'Dismiss';
      close.setAttribute('aria-label', `Dismiss: ${title}`);
      close.addEventListener('click', () => hide(id));
      box.append(words, close);
      area.append(box);
      shown.set(id, box);
    },
    hide,
  };
}
