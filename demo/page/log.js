// The log: what happened, in plain words, newest first.

import { clock } from '/words.js';

const KEPT = 100;

/** @param {HTMLOListElement} list */
export function createLog(list) {
  return {
    /**
     * @param {'info' | 'good' | 'warn' | 'bad'} kind
     * @param {string} sentence
     * @param {string} [detail] for those who want to know more
     */
    add(kind, sentence, detail) {
      const item = document.createElement('li');
      item.className = `log-${kind}`;
      const time = document.createElement('time');
      const now = new Date();
      time.dateTime = now.toISOString();
      time.textContent = clock(now.getTime());
      const text = document.createElement('p');
      text.textContent = sentence;
      item.append(time, text);
      if (detail) {
        const more = document.createElement('small');
        more.textContent = detail;
        text.append(' ', more);
      }
      list.prepend(item);
      while (list.children.length > KEPT) list.lastElementChild?.remove();
    },
  };
}
