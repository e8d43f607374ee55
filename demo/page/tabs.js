// The tabs of the demo, each a lane of the timeline: a tab tells the others what it sees, and asks for it when it opens.

const KEPT = 40;

/**
 * @param {{ lane: (label: string) => any }} timeline
 * @param {{ name: string, onCount: (count: number) => void }} options name is what the others call this tab
 */
export function createTabs(timeline, { name, onCount }) {
  const id = crypto.randomUUID();
  const channel = new BroadcastChannel('pkcewasm-demo');
  const own = timeline.lane('this tab');
  const history = [];
  const others = new Map();
  const post = (message) => channel.postMessage({ from: id, name, ...message });
  const count = () => onCount(1 + others.size);

  function act(method, args) {
    own[method](...args);
    history.push([method, args]);
    if (history.length > KEPT) history.shift();
    post({ acts: [[method, args]] });
  }

  function laneOf({ from, name: theirs }) {
    let lane = others.get(from);
    if (!lane) {
      lane = timeline.lane(`another tab, ${theirs}`);
      others.set(from, lane);
      count();
    }
    return lane;
  }

  channel.onmessage = ({ data }) => {
    if (data.gone) {
      others.get(data.from)?.remove();
      others.delete(data.from);
      count();
      return;
    }
    const isNew = !others.has(data.from);
    const lane = laneOf(data);
    for (const [method, args] of data.acts ?? []) if (['token', 'mark', 'end'].includes(method)) lane[method](...args);
    if (data.hello && isNew) post({ acts: history });
  };
  addEventListener('pagehide', () => post({ gone: true }));
  addEventListener('pageshow', ({ persisted }) => persisted && post({ hello: true, acts: history }));
  post({ hello: true });

  return {
    token: (...args) => act('token', args),
    mark: (...args) => act('mark', args),
    end: (...args) => act('end', args),
  };
}
