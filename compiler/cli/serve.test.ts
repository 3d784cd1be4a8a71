import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { inProgramFolder } from '../testing/run-program.ts';
import { describe } from '../testing/suite.ts';

describe('serve --echo', (it) => {
  it('serves the starter spec, prints requests that do what they say, and ends on a signal', () =>
    inProgramFolder(async ({ folder, program, run }) => {
      run('init --name shop');
      assert.equal(run('compile').status, 0);
      const args = [program, 'serve', '--system', 'shop', '--environment', 'staging', '--echo', '--port', '0'];
      const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      try {
        const text = await readUntil(child.stdout, 'Ctrl-C stops it.');
        assert.deepEqual(
          [...text.matchAll(/^(\d)\. ([^:,]+)/gm)].map(([, number, title]) => `${number} ${title}`),
          [
            '1 a request that passes',
            '2 too many at once',
            '3 the preflight of a browser',
            '4 readiness',
            '5 metrics',
            '6 the state of everything',
          ],
        );
        const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
        const metrics = /curl -s (http\S+\/metrics)/.exec(text)?.[1];
        assert.equal(await status(`${url}/v1/hello`), 200);
        const many = await Promise.all(Array.from({ length: 60 }, () => status(`${url}/v1/hello`)));
        assert.ok(many.includes(429));
        assert.equal(await status(`${url}/ready`), 200);
        assert.equal(await status(metrics ?? ''), 200);
        const preflight = await fetch(`${url}/v1/hello`, {
          method: 'OPTIONS',
          headers: { origin: 'https://staging.example.com', 'access-control-request-method': 'GET' },
        });
        assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://staging.example.com');
      } finally {
        child.kill('SIGINT');
      }
      assert.equal(await ended, 0);
    }));

  it('names what can be served when nothing is chosen', () =>
    inProgramFolder(({ run }) => {
      run('init --name shop');
      run('compile');
      assert.deepEqual(run('serve --echo'), {
        status: 2,
        stdout: '',
        stderr: 'seaworthy: name the environment with `--environment`\n  There is production, staging.\n',
      });
      assert.match(run('serve --system shpo --echo').stderr, /Did you mean `shop`\?/);
    }));
});

const status = async (url: string): Promise<number> => {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
};

function readUntil(stream: NodeJS.ReadableStream, end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes(end)) resolve(text);
    });
    stream.on('end', () => reject(new Error(`ended without ${end}: ${text}`)));
  });
}
