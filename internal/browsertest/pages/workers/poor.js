// Makes this a platform that lacks what its name says, separated by commas.
const lacks = (new URLSearchParams(location.search).get('without') ?? '').split(',');
const refuse = () => { throw new DOMException('refused by the test', 'QuotaExceededError'); };

if (lacks.includes('locks')) Object.defineProperty(navigator, 'locks', { value: undefined });
if (lacks.includes('storage')) IDBFactory.prototype.open = refuse;
if (lacks.includes('quota')) IDBObjectStore.prototype.put = refuse;
