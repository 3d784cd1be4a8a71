import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { requireTool } from '../testing/real-tools.ts';
import { describe } from '../testing/suite.ts';
import { block, comment, directive, dollarDeclaration, mapKey, printNginxConf, text, variables } from './nginx-conf.ts';

const UNITS = [
  'a',
  ' ',
  ';',
  '{',
  '}',
  '"',
  "'",
  '\\',
  '$',
  '#',
  '\n',
  '\r',
  '\t',
  'n',
  't',
  '(',
  ')',
  '~',
  'é',
  '$host',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: this is nginx's own notation.
  '${host}',
  '/*',
  '\u2028',
];
const texts = fc.sample(fc.string({ unit: fc.constantFrom(...UNITS), minLength: 1, maxLength: 14 }), {
  numRuns: 400,
  seed: 7,
});

describe('printed configuration, read by a real nginx', (it) => {
  it('arrives as the same bytes: bodies, map keys and map values', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
    chmodSync(folder, 0o755);
    const socket = join(folder, 'socket');
    const keys = [...new Map(texts.map((value) => [value.toLowerCase(), value])).values()];
    writeFileSync(
      join(folder, 'nginx.conf'),
      printNginxConf([
        directive('pid', join(folder, 'pid')),
        directive('worker_processes', '1'),
        block('events', [], []),
        block(
          'http',
          [],
          [
            dollarDeclaration(),
            directive('access_log', 'off'),
            directive('map_hash_bucket_size', '256'),
            ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) =>
              directive(`${kind}_temp_path`, join(folder, kind)),
            ),
            ...keys.map((key, index) =>
              block(
                'map',
                [text(key), variables(`$mapped_${index}`)],
                [directive('default', 'missed'), directive(mapKey(key), text(`=${key}`))],
              ),
            ),
            block(
              'server',
              [],
              [
                directive('listen', `unix:${socket}`),
                ...texts.flatMap((value, index) => [
                  comment(value),
                  block('location', ['=', `/${index}`], [directive('return', '200', text(value))]),
                ]),
                ...keys.map((_, index) =>
                  block(
                    'location',
                    ['=', `/map/${index}`],
                    [directive('return', '200', variables(`$mapped_${index}`))],
                  ),
                ),
              ],
            ),
          ],
        ),
      ]).text,
    );
    const child = spawn(
      requireTool('nginx'),
      ['-p', `${folder}/`, '-c', 'nginx.conf', '-e', join(folder, 'error.log'), '-g', 'daemon off;'],
      { stdio: 'ignore' },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    try {
      for (let wait = 0; wait < 200 && !existsSync(socket); wait += 1)
        await new Promise((resolve) => setTimeout(resolve, 25));
      assert.ok(existsSync(socket), readFileSync(join(folder, 'error.log'), 'utf8'));
      for (const [index, value] of texts.entries()) assert.equal(await ask(socket, `/${index}`), value);
      for (const [index, key] of keys.entries()) assert.equal(await ask(socket, `/map/${index}`), `=${key}`);
    } finally {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const ask = (socketPath: string, path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    request({ socketPath, path, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    })
      .on('error', reject)
      .end();
  });
