// What diagnose() says of this page. Parameters: expect, the statuses that are wanted by check, as JSON text (a text is found in the
// message); worker and config, options of the client.
import { createClient } from '/pkcewasm/index.js';
import { diagnose } from '/pkcewasm/diagnose.js';
import { assert, check, done, equal } from '../harness/harness.js';
import { clientConfig, parameter } from '../harness/scenario.js';

export async function start() {
  const config = await clientConfig({ isolation: 'shared', redirectUri: `${location.origin}/start.html`, ...JSON.parse(parameter('config') ?? 'null') });
  const expected = JSON.parse(parameter('expect') ?? '{}');
  await check('it says what is wrong', async () => {
    const { status, findings } = await diagnose(config);
    const seen = findings.map((finding) => `${finding.status} ${finding.check}: ${finding.message}`).join('\n');
    for (const [text, message] of Object.entries(expected)) {
      assert(findings.some((finding) => `${finding.check} ${finding.status}` === text && finding.message.includes(String(message))), `no ${text} (${message}) in\n${seen}`);
    }
    for (const finding of findings) assert(finding.status === 'ok' || `${finding.check} ${finding.status}` in expected, `not expected: ${finding.check} ${finding.status}: ${finding.message}`);
    equal(status === 'ok', Object.keys(expected).every((text) => text.endsWith(' ok')), 'status ok');
    return seen;
  });
  if (status(expected) !== 'problem') {
    await check('the client says the same', async () => {
      const client = await createClient(config);
      const [one, two] = await Promise.all([client.diagnose(), diagnose(config)]);
      equal(JSON.stringify(one), JSON.stringify(two), 'report');
      await client.close();
    });
  }
  await done();
}

/** @param {object} expected */
const status = (expected) => (Object.keys(expected).some((text) => text.endsWith(' problem')) ? 'problem' : 'ok');
