// What each package contributes to a module that kept its names (NAMES=1 internal/tinygo/build.sh, or go build without
// -ldflags=-s). Data, mostly the texts of errors, has no names.

/**
 * @param {Buffer} bytes
 * @returns {[string, number][]} bytes of code by package, the largest first
 */
export function contributions(bytes) {
  let at = 8; // after magic and version
  const integer = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const text = () => {
    const length = integer();
    return bytes.toString('utf8', at, at += length);
  };
  const limits = () => {
    if (integer() & 1) integer();
    integer();
  };

  let imported = 0, data = 0;
  const sizes = [], names = new Map();

  /** Sections by number: imports, which functions are counted after; code; data; names among the custom ones. */
  const sections = {
    2() {
      for (let n = integer(); n > 0; n--) {
        text();
        text();
        switch (bytes[at++]) {
          case 0: imported++; integer(); break;
          case 1: at++; limits(); break;
          case 2: limits(); break;
          default: at += 2;
        }
      }
    },
    10() {
      for (let n = integer(); n > 0; n--) {
        const size = integer();
        sizes.push(size);
        at += size;
      }
    },
    11(end) {
      data = end - at;
    },
    0(end) {
      if (text() !== 'name') return;
      while (at < end) {
        const kind = bytes[at++], next = integer() + at;
        if (kind === 1) for (let n = integer(); n > 0; n--) names.set(integer(), text());
        at = next;
      }
    },
  };
  while (at < bytes.length) {
    const section = bytes[at++], end = integer() + at;
    sections[section]?.(end);
    at = end;
  }

  const packages = new Map();
  sizes.forEach((size, i) => {
    const name = names.get(imported + i) ?? '';
    // The Go toolchain writes _ for what is no letter, digit or dot: github.com_pkcewasm_...
    const [, path] = /^\(?\*?((?:[\w.-]+\/)*[\w-]+)[.$]/.exec(name.replace('github.com_', 'github_com_')) ?? [];
    const key = path ?? (name.startsWith('interface:') ? 'calls through interfaces' : 'C library and runtime');
    packages.set(key, (packages.get(key) ?? 0) + size);
  });
  packages.set('data', data);
  return [...packages].sort(([, a], [, b]) => b - a);
}
